package dev.berth.k8s.nodes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.GpuTopology;
import dev.berth.cluster.NodeState;
import dev.berth.cluster.Topology;
import dev.berth.k8s.objects.NodeObject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class ClusterReaderTest {
    private static ClusterModel read(NodeObject... nodes) {
        return new ClusterReader(ClusterSettings.DEFAULT).read(List.of(nodes), TopologyObjects.NONE);
    }

    private static String domain(Cluster cluster, String tier, String node) {
        int rung = cluster.topology().tier(tier);
        assertThat(rung).as("tier " + tier).isNotNegative();
        int domain = cluster.topology().domainOf(rung, cluster.nodeId(node));
        return domain < 0 ? "none" : cluster.topology().domainName(rung, domain);
    }

    @Test
    void aNodeWithGpusAsFeatureDiscoveryLabelsIt() {
        ClusterModel model = read(Samples.h100("n1"), Samples.node("cpu", "pods", 250));
        Cluster cluster = model.cluster();
        int node = cluster.nodeId("n1");
        assertThat(cluster.gpuCount(node)).isEqualTo(8);
        assertThat(cluster.gpuMemoryMib(node)).isEqualTo(81559);
        assertThat(cluster.gpuModels()).containsExactly("NVIDIA-H100-80GB-HBM3");
        assertThat(cluster.cpuMilli(node)).isEqualTo(96_000);
        assertThat(cluster.memoryMib(node)).isEqualTo(1 << 20);
        // The product's name is one that the core knows, so that the links are those of HGX H100.
        assertThat(cluster.gpuTopology(node).islandCount()).isEqualTo(1);
        assertThat(cluster.labels(node)).doesNotContainKeys("nvidia.com/gfd.timestamp", "kubernetes.io/hostname");
        int other = cluster.nodeId("cpu");
        assertThat(cluster.gpuCount(other)).isZero();
        assertThat(cluster.counted(other, cluster.countedNames().indexOf("pods")))
                .isEqualTo(250);
        assertThat(model.problems()).isEmpty();
    }

    @Test
    void aGpuThatTheDevicePluginTookAwayIsNotThere() {
        NodeObject node = Samples.h100("n1");
        NodeObject seven = Samples.node("n1", Map.of("nvidia.com/gpu", 7L), node.labels());
        assertThat(read(seven).cluster().gpuCount(0)).isEqualTo(7);
        assertThat(read(seven).problems()).isEmpty();
        assertThat(ClusterReader.sameModel(node, seven)).isFalse();
    }

    @Test
    void aHeartbeatATaintAndACordonAreTheSameModel() {
        NodeObject node = Samples.h100("n1");
        assertThat(ClusterReader.sameModel(
                        node, Samples.withTaints(node, new NodeObject.Taint("a", "b", "NoSchedule"))))
                .isTrue();
        assertThat(ClusterReader.sameModel(node, Samples.withState(node, true, false, false)))
                .isTrue();
        assertThat(ClusterReader.sameModel(node, Samples.h100("n1", "nvidia.com/gfd.timestamp", "2")))
                .isTrue();
        assertThat(ClusterReader.sameModel(node, Samples.h100("n1", "pool", "a")))
                .isFalse();
    }

    @Test
    void states() {
        NodeObject node = Samples.h100("n1");
        assertThat(ClusterReader.stateOf(node)).isEqualTo(NodeState.READY);
        assertThat(ClusterReader.stateOf(Samples.withState(node, true, true, false)))
                .isEqualTo(NodeState.DRAINING);
        assertThat(ClusterReader.stateOf(Samples.withState(node, false, true, true)))
                .isEqualTo(NodeState.DRAINING);
        assertThat(ClusterReader.stateOf(Samples.withState(node, true, false, false)))
                .isEqualTo(NodeState.QUARANTINE);
    }

    @Test
    void timeSlicedGpusAreAsManyAsKubeSchedulerCounts() {
        NodeObject node = Samples.node(
                "n1",
                "nvidia.com/gpu",
                8,
                "nvidia.com/gpu.count",
                "2",
                "nvidia.com/gpu.replicas",
                "4",
                "nvidia.com/gpu.product",
                "NVIDIA-A100-SXM4-40GB-SHARED",
                "nvidia.com/gpu.memory",
                "40960",
                "nvidia.com/gpu.sharing-strategy",
                "time-slicing");
        Cluster cluster = read(node).cluster();
        assertThat(cluster.gpuCount(0)).isEqualTo(8);
        assertThat(cluster.gpuMemoryMib(0)).isEqualTo(10240);
        assertThat(cluster.gpuTopology(0)).isEqualTo(GpuTopology.none(8));
    }

    @Test
    void instancesOfTheStrategySingleAreGpusOfTheirOwn() {
        NodeObject node = Samples.node(
                "n1",
                "nvidia.com/gpu",
                14,
                "nvidia.com/gpu.count",
                "14",
                "nvidia.com/gpu.product",
                "NVIDIA-A100-SXM4-40GB-MIG-1g.5gb",
                "nvidia.com/gpu.memory",
                "4864",
                "nvidia.com/mig.strategy",
                "single");
        Cluster cluster = read(node).cluster();
        assertThat(cluster.gpuCount(0)).isEqualTo(14);
        assertThat(cluster.migGpuMask(0)).isZero();
        assertThat(cluster.gpuMemoryMib(0)).isEqualTo(4864);
        assertThat(cluster.gpuTopology(0).islandCount()).isEqualTo(14);
    }

    @Test
    void moreThanTheCoreCanCountAreLeftAlone() {
        NodeObject node =
                Samples.node("n1", "nvidia.com/gpu", 56, "nvidia.com/gpu.product", "NVIDIA-A100-SXM4-40GB-MIG-1g.5gb");
        ClusterModel model = read(node);
        assertThat(model.cluster().gpuCount(0)).isEqualTo(16);
        assertThat(model.problems()).singleElement().asString().contains("node n1: allocatable nvidia.com/gpu is 56");
    }

    @Test
    void instancesOfTheStrategyMixedStandOnGpusInMigMode() {
        NodeObject node = Samples.node(
                "n1",
                Map.of("nvidia.com/gpu", 6L, "nvidia.com/mig-1g.5gb", 7L, "nvidia.com/mig-3g.20gb", 2L),
                Samples.labels(
                        "nvidia.com/gpu.count",
                        "8",
                        "nvidia.com/gpu.product",
                        "NVIDIA-A100-SXM4-40GB",
                        "nvidia.com/gpu.memory",
                        "40960",
                        "nvidia.com/mig.strategy",
                        "mixed"));
        Cluster cluster = read(node).cluster();
        assertThat(cluster.gpuCount(0)).isEqualTo(8);
        assertThat(cluster.migGpuMask(0)).isEqualTo(0b1100_0000);
        assertThat(cluster.counted(0, cluster.countedNames().indexOf("nvidia.com/mig-3g.20gb")))
                .isEqualTo(2);
    }

    private static int unitsPerGpu(long units, String... labels) {
        return new ClusterReader(ClusterSettings.DEFAULT)
                .unitsPerGpu(Samples.node("n1", "nvidia.com/gpu", units, labels));
    }

    @Test
    void howManyUnitsEachGpuMakesIsKnownWhereAllAreCutAlike() {
        String product = "nvidia.com/gpu.product";
        String replicas = "nvidia.com/gpu.replicas";
        String count = "nvidia.com/gpu.count";
        assertThat(unitsPerGpu(8, product, "A100", count, "8", replicas, "1")).isEqualTo(1);
        assertThat(unitsPerGpu(8, product, "A100-SHARED", count, "2", replicas, "4"))
                .isEqualTo(4);
        assertThat(unitsPerGpu(8, product, "A100", replicas, "4")).isEqualTo(4);
        // Some are cut, or more units than are used, or nobody says into how many.
        assertThat(unitsPerGpu(8, product, "A100", count, "5", replicas, "4")).isZero();
        assertThat(unitsPerGpu(32, product, "A100", count, "8", replicas, "4")).isZero();
        assertThat(unitsPerGpu(8, product, "A100-SHARED")).isZero();
        String a100 = "NVIDIA-A100-SXM4-40GB-MIG-";
        assertThat(unitsPerGpu(14, product, a100 + "1g.5gb", count, "14")).isEqualTo(7);
        assertThat(unitsPerGpu(16, product, a100 + "3g.20gb", count, "16")).isEqualTo(2);
        assertThat(unitsPerGpu(12, product, a100 + "3g.20gb-SHARED", count, "6", replicas, "2"))
                .isEqualTo(4);
        assertThat(unitsPerGpu(6, product, a100 + "1g.5gb", count, "6")).isZero();
        assertThat(unitsPerGpu(6, product, "NVIDIA-X1-MIG-1g.5gb", count, "6")).isZero();
        assertThat(new ClusterReader(ClusterSettings.DEFAULT)
                        .unitsPerGpu(Samples.node("n1", "nvidia.com/mig-1g.5gb", 7, product, "NVIDIA-A100-SXM4-40GB")))
                .isEqualTo(1);
        assertThat(new ClusterReader(ClusterSettings.DEFAULT).unitsPerGpu(Samples.node("n1", "amd.com/cpx_nps4", 8)))
                .isZero();
    }

    @Test
    void amdByItsLabels() {
        NodeObject node = Samples.node(
                "n1",
                "amd.com/gpu",
                8,
                "amd.com/gpu.product-name",
                "AMD_Instinct_MI300X_OAM",
                "amd.com/gpu.vram",
                "192G",
                "amd.com/gpu.compute-memory-partition",
                "spx_nps1");
        Cluster cluster = read(node).cluster();
        assertThat(cluster.gpuCount(0)).isEqualTo(8);
        assertThat(cluster.gpuMemoryMib(0)).isEqualTo(196_608);
        assertThat(cluster.gpuTopology(0).islandCount()).isEqualTo(1);
        NodeObject old = Samples.node(
                "n1", "amd.com/gpu", 4, "beta.amd.com/gpu.vram.64G", "4", "beta.amd.com/gpu.family.AI", "4");
        assertThat(read(old).cluster().gpuMemoryMib(0)).isEqualTo(65_536);
        NodeObject cut =
                Samples.node("n1", "amd.com/cpx_nps4", 8, "amd.com/gpu.product-name", "AMD_Instinct_MI300X_OAM");
        assertThat(read(cut).cluster().gpuModels()).containsExactly("AMD_Instinct_MI300X_OAM-cpx_nps4");
        assertThat(read(cut).cluster().gpuTopology(0).islandCount()).isEqualTo(8);
    }

    @Test
    void layersOfAws() {
        List<NodeObject> nodes = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            nodes.add(Samples.h100(
                    "n" + i,
                    "topology.k8s.aws/network-node-layer-1",
                    "nn-1",
                    "topology.k8s.aws/network-node-layer-2",
                    "nn-2" + i / 4,
                    "topology.k8s.aws/network-node-layer-3",
                    "nn-3" + i / 2,
                    "topology.kubernetes.io/zone",
                    "us-east-1a",
                    "topology.kubernetes.io/region",
                    "us-east-1"));
        }
        ClusterModel model = new ClusterReader(ClusterSettings.DEFAULT).read(nodes, TopologyObjects.NONE);
        assertThat(model.notes())
                .singleElement()
                .asString()
                .contains("preset aws")
                .contains("8 of 8");
        assertThat(model.cluster().topology().tiers())
                .containsExactly("node", "leaf", "spine", "core", "site", "cluster");
        assertThat(domain(model.cluster(), "leaf", "n5")).isEqualTo("nn-32");
        assertThat(domain(model.cluster(), "spine", "n5")).isEqualTo("nn-21");
        assertThat(domain(model.cluster(), Topology.SITE, "n5")).isEqualTo("us-east-1a");
        assertThat(model.tierOfLabel())
                .containsEntry("topology.k8s.aws/network-node-layer-3", "leaf")
                .containsEntry("topology.kubernetes.io/zone", "site")
                .containsEntry("topology.kubernetes.io/region", "site")
                .containsEntry("kubernetes.io/hostname", "node");
        Collections.shuffle(nodes, new Random(1));
        ClusterModel again = new ClusterReader(ClusterSettings.DEFAULT).read(nodes, TopologyObjects.NONE);
        for (int node = 0; node < 8; node++) {
            assertThat(again.cluster().spec(node)).isEqualTo(model.cluster().spec(node));
        }
    }

    @Test
    void rackSevenOfOneBlockIsNotRackSevenOfAnother() {
        ClusterModel model = read(
                Samples.h100("a", "cloud.provider.com/topology-block", "b1", "cloud.provider.com/topology-rack", "7"),
                Samples.h100("b", "cloud.provider.com/topology-block", "b2", "cloud.provider.com/topology-rack", "7"),
                Samples.h100("c", "cloud.provider.com/topology-block", "b2", "cloud.provider.com/topology-rack", "8"));
        assertThat(domain(model.cluster(), "rack", "a")).isEqualTo("b1/7");
        assertThat(domain(model.cluster(), "rack", "b")).isEqualTo("b2/7");
        assertThat(domain(model.cluster(), "rack", "c")).isEqualTo("8");
    }

    @Test
    void numbersThatTwoTiersShareAreToldApart() {
        ClusterModel model = read(Samples.h100(
                "a",
                "backend.coreweave.cloud/leafgroup",
                "1",
                "backend.coreweave.cloud/superpod",
                "1",
                "backend.coreweave.cloud/fabric",
                "f"));
        assertThat(model.cluster().topology().tiers()).contains("leafgroup", "superpod", "fabric");
        assertThat(model.problems()).isEmpty();
    }

    @Test
    void topographHasAnyNumberOfTiersAndNodesMayMissSome() {
        ClusterModel model = read(
                Samples.h100(
                        "a",
                        "fabric.topograph.run/tier-0",
                        "s1",
                        "fabric.topograph.run/tier-1",
                        "s2",
                        "fabric.topograph.run/tier-2",
                        "s3"),
                // Its fellow on s1 says what is above.
                Samples.h100("b", "fabric.topograph.run/tier-0", "s1"),
                // Hangs straight on the core.
                Samples.h100("c", "fabric.topograph.run/tier-0", "s4", "fabric.topograph.run/tier-2", "s3"));
        assertThat(model.cluster().topology().tiers()).containsExactly("node", "tier-0", "tier-1", "tier-2", "cluster");
        assertThat(domain(model.cluster(), "tier-1", "b")).isEqualTo("s2");
        assertThat(domain(model.cluster(), "tier-1", "c")).isEqualTo("none");
        assertThat(domain(model.cluster(), "tier-2", "c")).isEqualTo("s3");
    }

    @Test
    void olderTopographIsToldByWhatThereIsMoreOf() {
        String prefix = "network.topology.nvidia.com/";
        assertThat(read(Samples.h100("a", prefix + "leaf", "l", prefix + "spine", "s", prefix + "core", "c"))
                        .notes())
                .singleElement()
                .asString()
                .contains("topograph-0.5");
        ClusterModel oldest =
                read(Samples.h100("a", prefix + "block", "l", prefix + "spine", "s", prefix + "accelerator", "x"));
        assertThat(oldest.notes()).singleElement().asString().contains("topograph-0.1");
        assertThat(domain(oldest.cluster(), Topology.NVLINK_DOMAIN, "a")).isEqualTo("x");
    }

    @Test
    void theCliqueIsTheNvlinkDomain() {
        String uuid = "8c2e1a6e-2a7c-4a0c-9d0c-9a5b3d6f0001";
        ClusterModel model = read(
                Samples.h100("a", "nvidia.com/gpu.clique", uuid + ".1", "accelerator.topograph.run/domain", uuid),
                Samples.h100("b", "nvidia.com/gpu.clique", uuid + ".2", "accelerator.topograph.run/domain", uuid));
        assertThat(model.cluster().nvlinkDomains()).containsExactly(uuid + ".1", uuid + ".2");
        assertThat(model.tierOfLabel()).containsEntry("nvidia.com/gpu.clique", Topology.NVLINK_DOMAIN);
    }

    @Test
    void presetAndLevelsThatAreConfigured() {
        NodeObject node =
                Samples.h100("a", "row", "r1", "pod", "p1", "rack", "7", "topology.k8s.aws/network-node-layer-3", "nn");
        ClusterSettings settings = ClusterSettings.DEFAULT.withLevels(List.of(
                new TopologyLevel("rack", Topology.RACK),
                new TopologyLevel("row", "row"),
                new TopologyLevel("pod", "pod")));
        ClusterModel model = new ClusterReader(settings).read(List.of(node), TopologyObjects.NONE);
        assertThat(model.cluster().topology().tiers()).containsExactly("node", "rack", "row", "pod", "cluster");
        ClusterModel preset =
                new ClusterReader(ClusterSettings.DEFAULT.withPreset("gcp")).read(List.of(node), TopologyObjects.NONE);
        assertThat(preset.cluster().switches()).isEmpty();
        assertThat(preset.notes()).singleElement().asString().contains("configured preset gcp");
    }
}
