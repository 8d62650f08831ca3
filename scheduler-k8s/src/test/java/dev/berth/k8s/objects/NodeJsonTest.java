package dev.berth.k8s.objects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class NodeJsonTest {
    private static final String NODE = """
            {"metadata": {"name": "gpu-1", "uid": "u", "resourceVersion": "10", "creationTimestamp": "2026-11-21T23:33:59Z",
               "labels": {"kubernetes.io/hostname": "gpu-1", "nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3"},
               "annotations": {"berth.dev/rack": "r1", "topograph.run/region": "eu", "node.alpha.kubernetes.io/ttl": "0"}},
             "spec": {"podCIDR": "10.0.0.0/24", "unschedulable": true,
               "taints": [{"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"},
                          {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule", "timeAdded": "2026-11-21T23:33:59Z"}]},
             "status": {"capacity": {"cpu": "99", "nvidia.com/gpu": "8"},
               "allocatable": {"cpu": "95500m", "memory": "1056Gi", "nvidia.com/gpu": "8", "pods": "110", "hugepages-1Gi": "0"},
               "images": [{"names": ["a"], "sizeBytes": 123}],
               "conditions": [{"type": "MemoryPressure", "status": "False"},
                 {"type": "Ready", "status": "True", "lastHeartbeatTime": "2026-11-21T23:34:59Z"}]}}
            """;

    private static NodeObject node(String json) throws BadObjectException {
        return NodeJson.parse(json.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void readsAllThatIsKept() throws Exception {
        assertThat(node(NODE))
                .isEqualTo(new NodeObject(
                        "gpu-1",
                        "u",
                        Map.of("kubernetes.io/hostname", "gpu-1", "nvidia.com/gpu.product", "NVIDIA-H100-80GB-HBM3"),
                        Map.of("berth.dev/rack", "r1", "topograph.run/region", "eu"),
                        Map.of("cpu", 95_500L, "memory", 1056L << 30, "nvidia.com/gpu", 8L, "pods", 110L),
                        true,
                        true,
                        false,
                        List.of(
                                new NodeObject.Taint("nvidia.com/gpu", "present", "NoSchedule"),
                                new NodeObject.Taint("node.kubernetes.io/unschedulable", "", "NoSchedule"))));
    }

    @Test
    void heartbeatChangesNothing() throws Exception {
        assertThat(node(NODE.replace("23:34:59", "23:35:09").replace("\"10\"", "\"11\"")))
                .isEqualTo(node(NODE));
    }

    @Test
    void seesThatANodeIsNotReadyOrLeaves() throws Exception {
        assertThat(node(NODE.replace("\"Ready\", \"status\": \"True\"", "\"Ready\", \"status\": \"Unknown\""))
                        .ready())
                .isFalse();
        assertThat(node("{}").ready()).isFalse();
        assertThat(node("{\"metadata\": {\"deletionTimestamp\": \"2026-11-21T23:33:59Z\"}}")
                        .deleting())
                .isTrue();
    }

    @Test
    void namesTheFieldThatIsWrong() {
        assertThatThrownBy(() -> node("{\"status\": {\"allocatable\": {\"nvidia.com/gpu\": [8]}}}"))
                .isInstanceOf(BadObjectException.class)
                .hasMessage(
                        "status.allocatable.nvidia.com/gpu is an array, allowed: a quantity of 0 or more such as 500m, 1.5Gi or 2e3");
    }
}
