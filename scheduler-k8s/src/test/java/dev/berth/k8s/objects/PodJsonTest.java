package dev.berth.k8s.objects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
                        new PodStatus(PodStatus.Phase.PENDING, "n7", "0/3 nodes", false)));
    }

    @ParameterizedTest
    @CsvSource({
        "DisruptionTarget, True, PreemptionByScheduler, true",
        "DisruptionTarget, False, PreemptionByScheduler, false",
        "DisruptionTarget, True, EvictionByEvictionAPI, false",
        "Ready, True, PreemptionByScheduler, false"
    })
    void aPodThatGivesWayIsToldFromOneThatEndsOtherwise(String type, String status, String reason, boolean preempted)
            throws Exception {
        String condition = "{\"type\": \"%s\", \"status\": \"%s\", \"reason\": \"%s\"}".formatted(type, status, reason);
        String other = "{\"type\": \"PodScheduled\", \"status\": \"True\"}";
        assertThat(pod("{\"status\": {\"conditions\": [%s, %s]}}".formatted(condition, other))
                        .status()
                        .preempted())
                .isEqualTo(preempted);
    }

    @Test
    void podsOfOneTemplateShareWhatIsEqual() throws Exception {
        PodObject one = pod(POD);
        PodObject other = pod(POD.replace("train-3", "train-4").replace("5191", "5192"));
        assertThat(other.labels()).isSameAs(one.labels());
        assertThat(other.annotations()).isSameAs(one.annotations());
        assertThat(other.owner()).isSameAs(one.owner());
        assertThat(other.status()).isSameAs(one.status());
        assertThat(other.spec().requests()).isSameAs(one.spec().requests());
        assertThat(other.spec().nodeSelector()).isSameAs(one.spec().nodeSelector());
        assertThat(other.spec().nodeTerms()).isSameAs(one.spec().nodeTerms());
        assertThat(other.spec().tolerations()).isSameAs(one.spec().tolerations());
        assertThat(other.spec().schedulingGates()).isSameAs(one.spec().schedulingGates());
        assertThat(other.spec().hostPorts()).isSameAs(one.spec().hostPorts());
    }

    @Test
    void nullIsAsGoodAsAbsent() throws Exception {
        PodObject empty = pod("{}");
        assertThat(pod("""
                        {"metadata": {"name": null, "labels": null, "annotations": {"berth.dev/gang": null}, "creationTimestamp": null,
                          "deletionTimestamp": null, "ownerReferences": [null]},
                         "spec": {"containers": [null, {"resources": null, "ports": null, "name": null}], "initContainers": null,
                          "affinity": null, "tolerations": null, "overhead": null, "nodeName": null, "priority": null, "volumes": null,
                          "topologySpreadConstraints": null, "schedulingGates": null, "schedulingGroup": null, "nodeSelector": null},
                         "status": null}
                        """.replace("{\"berth.dev/gang\": null}", "null"))).isEqualTo(empty);
        assertThat(pod("null {}".substring(5))).isEqualTo(empty);
        assertThat(empty.spec().schedulerName()).isEqualTo("default-scheduler");
        assertThat(empty.status().phase()).isEqualTo(PodStatus.Phase.PENDING);
    }

    @Test
    void lastOfEqualKeysHolds() throws Exception {
        assertThat(pod("{\"metadata\": {\"labels\": {\"a\": \"1\", \"b\": \"2\", \"a\": \"3\"}}}")
                        .labels())
                .isEqualTo(Map.of("a", "3", "b", "2"));
    }

    @Test
    void keepsAllLabelsHoweverMany() throws Exception {
        StringBuilder labels = new StringBuilder();
        for (int i = 0; i < 500; i++) {
            labels.append(i == 0 ? "" : ",")
                    .append("\"k")
                    .append(i % 400)
                    .append("\": \"")
                    .append(i)
                    .append('"');
        }
        Map<String, String> read =
                pod("{\"metadata\": {\"labels\": {" + labels + "}}}").labels();
        assertThat(read).hasSize(400).containsEntry("k0", "400").containsEntry("k399", "399");
    }

    @Test
    void knowsWorkloadsOf135() throws Exception {
        assertThat(
                        pod("{\"spec\": {\"workloadRef\": {\"name\": \"w\", \"podGroup\": \"g\", \"podGroupReplicaKey\": \"2\"}}}")
                                .spec()
                                .podGroup())
                .isEqualTo("w/g/2");
    }

    @Test
    void portsOfTheNodesNetworkAreOfTheNode() throws Exception {
        String containers =
                "\"containers\": [{\"ports\": [{\"containerPort\": 80}, {\"containerPort\": 81, \"hostPort\": 0}]}],"
                        + " \"initContainers\": [{\"ports\": [{\"hostPort\": 1}]}, {\"restartPolicy\": \"Always\", \"ports\": [{\"hostPort\": 2}]}]";
        assertThat(pod("{\"spec\": {" + containers + "}}").spec().hostPorts())
                .extracting(PodSpec.HostPort::port)
                .containsExactly(2);
        assertThat(pod("{\"spec\": {\"hostNetwork\": true, " + containers + "}}")
                        .spec()
                        .hostPorts())
                .extracting(PodSpec.HostPort::port)
                .containsExactlyInAnyOrder(80, 81, 2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[] | the object is an array, allowed: an object",
                "null | the object is null, allowed: an object",
                "7 | the object is 7, allowed: an object",
                "{} {} | the object is an object, allowed: nothing after the object",
                "{\"metadata\": []} | metadata is an array, allowed: an object",
                "{\"metadata\": {\"name\": 7}} | metadata.name is 7, allowed: a text",
                "{\"metadata\": {\"labels\": {\"a/b\": true}}} | metadata.labels.a/b is true, allowed: a text",
                "{\"metadata\": {\"creationTimestamp\": \"yesterday\"}} | metadata.creationTimestamp is \"yesterday\", allowed: a time such as"
                        + " 2026-11-21T23:33:59Z",
                "{\"metadata\": {\"creationTimestamp\": \"2026-02-30T23:33:59Z\"}} | metadata.creationTimestamp is \"2026-02-30T23:33:59Z\","
                        + " allowed: a time such as 2026-11-21T23:33:59Z",
                "{\"spec\": {\"priority\": 3000000000}} | spec.priority is 3000000000, allowed: a whole number from -2147483648 to 2147483647",
                "{\"spec\": {\"priority\": \"1\"}} | spec.priority is \"1\", allowed: a whole number from -2147483648 to 2147483647",
                "{\"spec\": {\"tolerations\": {}}} | spec.tolerations is an object, allowed: an array",
                "{\"spec\": {\"hostNetwork\": 1}} | spec.hostNetwork is 1, allowed: true or false",
                "{\"spec\": {\"overhead\": {\"cpu\": \"-1\"}}} | spec.overhead.cpu is \"-1\", allowed: a quantity of 0 or more such as 500m,"
                        + " 1.5Gi or 2e3",
                "{\"status\": {\"phase\": \"Lost\"}} | status.phase is \"Lost\", allowed: Pending, Running, Succeeded, Failed or Unknown",
                "{\"a\": tru} | not JSON at line 1, column 7: Unrecognized token 'tru': was expecting (JSON String, Number, Array, Object or"
                        + " token 'null', 'true' or 'false')"
            })
    void saysWhatIsWrong(String json, String message) {
        assertThatThrownBy(() -> pod(json))
                .isInstanceOf(BadObjectException.class)
                .hasMessage(message);
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
