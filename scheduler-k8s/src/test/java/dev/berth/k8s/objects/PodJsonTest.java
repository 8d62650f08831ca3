package dev.berth.k8s.objects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class PodJsonTest {
    /** A pod as kube-scheduler sends it to an extender, with more fields of each kind. */
    static final String POD = """
            {"kind": "Pod", "apiVersion": "v1",
             "metadata": {"name": "train-3", "namespace": "ml", "uid": "5699560a-5dd4-48ea-b008-7ba5a1037091",
               "resourceVersion": "5191", "generation": 1, "creationTimestamp": "2026-11-21T23:33:59Z",
               "labels": {"app": "train", "pod-template-hash": "77f"},
               "annotations": {"berth.dev/gang": "g1", "kubectl.kubernetes.io/last-applied-configuration": "{\\"large\\": 1}"},
               "ownerReferences": [
                 {"apiVersion": "v1", "kind": "Other", "name": "no", "uid": "0"},
                 {"apiVersion": "batch/v1", "kind": "Job", "name": "train", "uid": "77", "controller": true}],
               "managedFields": [{"manager": "m", "fieldsV1": {"f:metadata": {"f:labels": {}}}}]},
             "spec": {"containers": [{"name": "main", "image": "none",
                 "resources": {"limits": {"cpu": "4", "memory": "32Gi", "nvidia.com/gpu": "1"},
                               "requests": {"cpu": "4", "memory": "32Gi", "nvidia.com/gpu": "1"}},
                 "ports": [{"containerPort": 80, "protocol": "TCP"}, {"containerPort": 81, "hostPort": 8081, "protocol": "UDP"}],
                 "terminationMessagePath": "/dev/termination-log"}],
               "restartPolicy": "Always", "terminationGracePeriodSeconds": 30, "securityContext": {},
               "schedulerName": "default-scheduler",
               "schedulingGates": [{"name": "berth.dev/plan"}],
               "nodeSelector": {"pool": "gpu"},
               "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
                   {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a", "b"]}],
                    "matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n1"]}]}]},
                 "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1, "preference": {}}]}},
               "tolerations": [
                 {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
                 {"key": "gpu", "value": "yes"}],
               "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "set"}},
                 {"name": "scratch", "ephemeral": {"volumeClaimTemplate": {}}}, {"name": "tmp", "emptyDir": {}}],
               "resourceClaims": [{"name": "gpu"}],
               "schedulingGroup": {"podGroupName": "pg"},
               "priority": 1000, "enableServiceLinks": true},
             "status": {"phase": "Pending", "qosClass": "Guaranteed", "nominatedNodeName": "n7",
               "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes"}]}}
            """;

    static PodObject pod(String json) throws BadObjectException {
        return PodJson.parse(json.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void readsAllThatIsKept() throws Exception {
        assertThat(pod(POD))
                .isEqualTo(new PodObject(
                        "ml",
                        "train-3",
                        "5699560a-5dd4-48ea-b008-7ba5a1037091",
                        "5191",
                        1795304039000L,
                        false,
                        Map.of("app", "train", "pod-template-hash", "77f"),
                        Map.of("berth.dev/gang", "g1"),
                        new PodObject.Owner("Job", "train", "77"),
                        new PodSpec(
                                null,
                                "default-scheduler",
                                1000,
                                List.of("berth.dev/plan"),
                                Map.of("cpu", 4000L, "memory", 32L << 30, "nvidia.com/gpu", 1L),
                                Map.of("pool", "gpu"),
                                List.of(new PodSpec.NodeTerm(
                                        List.of(new PodSpec.Expression("zone", "In", List.of("a", "b"))),
                                        List.of(new PodSpec.Expression("metadata.name", "In", List.of("n1"))))),
                                List.of(
                                        new PodSpec.Toleration(
                                                "node.kubernetes.io/not-ready", "Exists", "", "NoExecute"),
                                        new PodSpec.Toleration("gpu", "Equal", "yes", "")),
                                List.of(),
                                List.of(new PodSpec.HostPort("UDP", "0.0.0.0", 8081)),
                                List.of("set", "train-3-scratch"),
                                true,
                                "pg"),
                        new PodStatus(PodStatus.Phase.PENDING, "n7", "0/3 nodes")));
    }

    @Test
    void namesTheFieldThatIsWrong() {
        assertThatThrownBy(() ->
                        pod("{\"spec\": {\"containers\": [{}, {\"resources\": {\"requests\": {\"cpu\": \"4x\"}}}]}}"))
                .isInstanceOf(BadObjectException.class)
                .hasMessage(
                        "spec.containers[1].resources.requests.cpu is \"4x\", allowed: a quantity of 0 or more such as 500m, 1.5Gi or 2e3");
    }
}
