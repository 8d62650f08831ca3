package dev.berth.k8s.nodes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.GpuTopology;
import dev.berth.k8s.objects.NodeObject;
import dev.berth.planner.io.ClusterFile;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Labels say what is there, the file how it is joined. */
final class ClusterFileJoinTest {
    private static final Cluster FILE = ClusterFile.parse("cluster.yaml", """
            powerBasis: measured
            sites:
              - {name: oslo, jurisdiction: "NO"}
            racks:
              - {name: r1, powerCapW: 20000}
            switches:
              - {name: spine, tier: spine}
              - {name: leaf-1, tier: leaf, parent: spine}
              - {name: leaf-2, tier: leaf, parent: spine}
            nodes:
              - name: n{1..2}
                gpu: {model: H100-SXM5-80GB, count: 8, memoryMib: 81559, topology: {shape: nvswitch, rails: 8}}
                cpuMilli: 1
                memoryMib: 1
                rack: r1
                site: oslo
                switch: leaf-1
                power: {nameplateW: 10200, measuredW: 8400}
              - name: old
                cpuMilli: 1
                memoryMib: 1
            """.getBytes(StandardCharsets.UTF_8));

    private static ClusterModel read(NodeObject... nodes) {
        return new ClusterReader(ClusterSettings.DEFAULT.withFile(FILE)).read(List.of(nodes), TopologyObjects.NONE);
    }

    @Test
    void theFileAddsWhatLabelsCannotSay() {
        ClusterModel model = read(Samples.h100("n1"), Samples.h100("n2"));
        Cluster cluster = model.cluster();
        assertThat(cluster.cpuMilli(0)).isEqualTo(96_000);
        assertThat(cluster.gpuModels()).containsExactly("NVIDIA-H100-80GB-HBM3");
        assertThat(cluster.gpuTopology(0).railCount()).isEqualTo(8);
        assertThat(cluster.racks()).containsExactly("r1");
        assertThat(cluster.rack(0).powerCapW()).isEqualTo(20_000);
        assertThat(cluster.sites()).containsExactly("oslo");
        assertThat(cluster.topology().tiers()).containsExactly("node", "rack", "leaf", "spine", "site", "cluster");
        assertThat(model.problems())
                .containsExactly("node old: stands in the cluster file, but the cluster has no such node");
    }

    @Test
    void theNumberOfGpusIsTheNodes() {
        NodeObject seven = Samples.node(
                "n1", Map.of("nvidia.com/gpu", 7L), Samples.h100("n1").labels());
        ClusterModel model = read(seven, Samples.h100("n2"));
        assertThat(model.cluster().gpuCount(0)).isEqualTo(7);
        // What is usual for the model, since nobody knows which one is away.
        assertThat(model.cluster().gpuTopology(0)).isEqualTo(GpuTopology.nvswitch(7, 900));
        assertThat(model.problems())
                .anyMatch(problem -> problem.startsWith("node n1: has 7 GPUs") && problem.contains("8"));
    }

    @Test
    void anotherModelIsTold() {
        NodeObject node = Samples.node(
                "n1",
                "nvidia.com/gpu",
                8,
                "nvidia.com/gpu.product",
                "NVIDIA-A100-SXM4-80GB",
                "nvidia.com/gpu.memory",
                "81920");
        assertThat(read(node).problems())
                .anyMatch(problem -> problem.contains("NVIDIA-A100-SXM4-80GB") && problem.contains("H100-SXM5-80GB"));
        // Without a label the file's model is the only one known.
        assertThat(read(Samples.node("n1", "nvidia.com/gpu", 8)).cluster().gpuModels())
                .containsExactly("H100-SXM5-80GB");
    }

    @Test
    void aNodeThatTheFileDoesNotNameFindsItsSwitchByLabel() {
        ClusterModel model = read(
                Samples.h100("n1"),
                Samples.h100("n9", "network.topology.nvidia.com/leaf", "leaf-2"),
                Samples.h100("n8", "network.topology.nvidia.com/leaf", "leaf-9"));
        Cluster cluster = model.cluster();
        assertThat(cluster.switches()
                        .get(cluster.switchId(cluster.nodeId("n9")))
                        .name())
                .isEqualTo("leaf-2");
        assertThat(cluster.switchId(cluster.nodeId("n8"))).isNegative();
        assertThat(model.notes()).anyMatch(note -> note.contains("cluster file"));
    }

    @Test
    void aNodeOfUnknownDrawIsTakenOutOfACappedRack() {
        ClusterModel model = read(Samples.h100("n1"), Samples.h100("n9", "topology.kubernetes.io/rack", "r1"));
        Cluster cluster = model.cluster();
        assertThat(cluster.rackId(cluster.nodeId("n9"))).isNegative();
        assertThat(model.problems())
                .anyMatch(problem -> problem.startsWith("node n9: stands in rack r1, which has a power cap"));
    }

    @Test
    void racksOfLabelsStandBesideThoseOfTheFile() {
        ClusterModel model = read(
                Samples.h100("n1"),
                Samples.h100("n9", "topology.kubernetes.io/rack", "r9", "topology.kubernetes.io/zone", "bergen"));
        assertThat(model.cluster().racks()).containsExactly("r1", "r9");
        assertThat(model.cluster().sites()).containsExactly("oslo", "bergen");
    }
}
