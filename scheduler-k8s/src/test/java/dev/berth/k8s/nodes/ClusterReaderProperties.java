package dev.berth.k8s.nodes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.NodeSpec;
import dev.berth.cluster.Topology;
import dev.berth.k8s.objects.HyperNodeObject;
import dev.berth.k8s.objects.HyperNodeObject.Member;
import dev.berth.k8s.objects.NodeObject;
import dev.berth.k8s.objects.ResourceSliceObject;
import dev.berth.k8s.objects.ResourceSliceObject.Gpu;
import dev.berth.planner.io.ClusterFile;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;

/** What holds of every reading of a cluster. */
final class ClusterReaderProperties {
    private static final List<String> LABELS = List.of(
            "nvidia.com/gpu.count",
            "nvidia.com/gpu.memory",
            "nvidia.com/gpu.product",
            "nvidia.com/gpu.replicas",
            "nvidia.com/mig.strategy",
            "nvidia.com/mig-1g.5gb.replicas",
            "nvidia.com/gpu.clique",
            "nvidia.com/gfd.timestamp",
            "amd.com/gpu.vram",
            "beta.amd.com/gpu.vram.64G",
            "amd.com/gpu.product-name",
            "topology.kubernetes.io/zone",
            "topology.kubernetes.io/region",
            "topology.kubernetes.io/rack",
            "fabric.topograph.run/tier-0",
            "fabric.topograph.run/tier-1",
            "fabric.topograph.run/tier-3",
            "fabric.topograph.run/tier-x",
            "topology.k8s.aws/network-node-layer-1",
            "topology.k8s.aws/network-node-layer-3",
            "oci.oraclecloud.com/host.rack_id",
            "oci.oraclecloud.com/host.network_block_id",
            "pool");
    private static final List<String> VALUES = List.of(
            "",
            " ",
            "0",
            "1",
            "7",
            "-3",
            "99999999999",
            "80000",
            "a",
            "b",
            "a/b",
            "leaf-1",
            "r1",
            "NVIDIA-A100-SXM4-40GB",
            "NVIDIA-H100-80GB-HBM3",
            "NVIDIA-A100-SXM4-40GB-MIG-1g.5gb",
            "Tesla-T4-SHARED",
            "192G",
            "mixed",
            "n1");
    private static final List<String> RESOURCES = List.of(
            "nvidia.com/gpu",
            "nvidia.com/gpu.shared",
            "nvidia.com/mig-1g.5gb",
            "nvidia.com/mig-3g.20gb",
            "nvidia.com/mig-9g.9gb",
            "amd.com/gpu",
            "amd.com/cpx_nps4",
            "hugepages-2Mi",
            "ephemeral-storage",
            "rdma/a",
            "rdma/b",
            "mellanox.com/c",
            "example.com/odd");
    private static final List<Long> AMOUNTS = List.of(0L, 1L, 2L, 7L, 8L, 16L, 17L, 64L, 1L << 40, Long.MAX_VALUE);

    private static final Cluster FILE = ClusterFile.parse("cluster.yaml", """
            powerBasis: expected
            sites: [{name: b}]
            racks: [{name: r1, powerCapW: 5000}, {name: a}]
            switches: [{name: s, tier: spine}, {name: leaf-1, tier: leaf, parent: s}]
            nodes:
              - {name: n0, gpu: {model: A100-SXM4-40GB, count: 8, memoryMib: 40960, mig: [6, 7]}, cpuMilli: 1, memoryMib: 1}
              - name: n1
                gpu: {model: H100-SXM5-80GB, count: 2, topology: pairs}
                cpuMilli: 1
                memoryMib: 1
                rack: r1
                site: b
                switch: leaf-1
                nvlinkDomain: x
                power: {nameplateW: 3000, idleW: 1000, busyGpuW: 900}
            """.getBytes(StandardCharsets.UTF_8));

    private static <T> T any(Random random, List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    private static NodeObject node(Random random, String name) {
        Map<String, String> labels = new HashMap<>();
        for (int i = random.nextInt(12); i > 0; i--) {
            labels.put(any(random, LABELS), any(random, VALUES));
        }
        Map<String, Long> amounts = new HashMap<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            amounts.put(any(random, RESOURCES), any(random, AMOUNTS));
        }
        if (random.nextInt(8) == 0) {
            amounts.put("cpu", any(random, AMOUNTS));
            amounts.put("memory", any(random, AMOUNTS));
        }
        return Samples.withState(
                Samples.node(name, amounts, labels), random.nextBoolean(), random.nextBoolean(), random.nextBoolean());
    }

    private static TopologyObjects objects(Random random, List<NodeObject> nodes) {
        TopologyStore store = new TopologyStore();
        if (random.nextInt(3) == 0) {
            for (int i = random.nextInt(5); i > 0; i--) {
                store.seen(hyperNode(random, nodes));
            }
        }
        for (int i = random.nextInt(3); i > 0; i--) {
            List<Gpu> gpus = new ArrayList<>();
            for (int g = random.nextInt(5); g > 0; g--) {
                gpus.add(new Gpu(
                        "gpu-" + g,
                        "GPU-" + g,
                        any(random, VALUES),
                        any(random, AMOUNTS),
                        random.nextInt(3) - 1,
                        any(random, VALUES),
                        random.nextInt(4) == 0));
            }
            String node = any(random, nodes).name();
            store.seen(new ResourceSliceObject(
                    "s" + i, "gpu.nvidia.com", node, random.nextInt(2), 1, node, gpus, Map.of()));
        }
        return store.objects();
    }

    private static HyperNodeObject hyperNode(Random random, List<NodeObject> nodes) {
        List<Member> members = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            boolean isNode = random.nextBoolean();
            String name = isNode ? any(random, nodes).name() : "h" + random.nextInt(5);
            members.add(
                    random.nextBoolean()
                            ? new Member(isNode, name, null, null)
                            : new Member(isNode, null, any(random, List.of("n[0-3]", "h", "(", "")), null));
        }
        return new HyperNodeObject("h" + random.nextInt(5), random.nextInt(4), any(random, VALUES), members);
    }

    @Property(tries = 500)
    void everyNodeIsThereOrAProblemSaysWhyNot(@ForAll Random random) {
        List<NodeObject> nodes = new ArrayList<>();
        for (int i = 0; i <= random.nextInt(8); i++) {
            nodes.add(node(random, "n" + i));
        }
        TopologyObjects objects = objects(random, nodes);
        ClusterSettings settings =
                random.nextBoolean() ? ClusterSettings.DEFAULT : ClusterSettings.DEFAULT.withFile(FILE);
        ClusterModel model = new ClusterReader(settings).read(nodes, objects);
        Cluster cluster = model.cluster();
        // Nothing that nodes say keeps them out: at worst they are taken with less.
        assertThat(cluster.nodeCount()).isEqualTo(nodes.size());
        for (NodeObject node : nodes) {
            int id = cluster.nodeId(node.name());
            long whole = node.allocatable().getOrDefault("nvidia.com/gpu", 0L);
            boolean cut = node.allocatable().keySet().stream().anyMatch(name -> name.startsWith("nvidia.com/mig-"));
            if (whole > 0 && !cut) {
                assertThat((long) cluster.gpuCount(id)).isEqualTo(Math.min(whole, Cluster.MAX_GPUS_PER_NODE));
            }
            assertThat(cluster.initialState(id)).isEqualTo(ClusterReader.stateOf(node));
        }
        assertThat(model.problems()).doesNotHaveDuplicates().allMatch(problem -> !problem.isBlank());
        model.tierOfLabel()
                .values()
                .forEach(tier -> assertThat(cluster.topology().tiers()).contains(tier));

        List<NodeObject> shuffled = new ArrayList<>(nodes);
        Collections.shuffle(shuffled, random);
        assertThat(specs(new ClusterReader(settings).read(shuffled, objects).cluster()))
                .isEqualTo(specs(cluster));
    }

    private static List<NodeSpec> specs(Cluster cluster) {
        List<NodeSpec> specs = new ArrayList<>();
        for (int node = 0; node < cluster.nodeCount(); node++) {
            specs.add(cluster.spec(node));
        }
        return specs;
    }

    @Property(tries = 500)
    void whatIsTheSameModelMakesTheSameCluster(@ForAll Random random) {
        NodeObject before = node(random, "n1");
        NodeObject other = node(random, "n1");
        NodeObject after = new NodeObject(
                "n1",
                "uid",
                random.nextBoolean() ? before.labels() : other.labels(),
                other.annotations(),
                random.nextInt(4) > 0 ? before.allocatable() : other.allocatable(),
                other.unschedulable(),
                other.ready(),
                other.deleting(),
                List.of(new NodeObject.Taint("a", "", "NoSchedule")));
        NodeObject beside = node(random, "n2");
        ClusterReader reader = new ClusterReader(ClusterSettings.DEFAULT.withFile(FILE));
        if (ClusterReader.sameModel(before, after)) {
            NodeSpec one = reader.read(List.of(before, beside), TopologyObjects.NONE)
                    .cluster()
                    .spec(0);
            NodeSpec two = reader.read(List.of(after, beside), TopologyObjects.NONE)
                    .cluster()
                    .spec(0);
            NodeSpec same = two.toBuilder("n1").state(one.state()).build();
            assertThat(same).isEqualTo(one);
        }
    }

    @Property(tries = 300)
    void nodesShareADomainWhenTheyAgreeFromItsLevelUp(@ForAll Random random) {
        List<TopologyLevel> levels = new ArrayList<>();
        for (int i = 0; i <= random.nextInt(4); i++) {
            levels.add(new TopologyLevel("level-" + i, i == 0 ? Topology.RACK : "t" + i));
        }
        List<NodeObject> nodes = new ArrayList<>();
        for (int n = 0; n < 8; n++) {
            Map<String, String> labels = new HashMap<>();
            levels.forEach(level -> labels.put(level.label(), Integer.toString(random.nextInt(3))));
            nodes.add(Samples.node("n" + n, Map.of(), labels));
        }
        ClusterModel model =
                new ClusterReader(ClusterSettings.DEFAULT.withLevels(levels)).read(nodes, TopologyObjects.NONE);
        assertThat(model.problems()).isEmpty();
        Topology topology = model.cluster().topology();
        for (int level = 0; level < levels.size(); level++) {
            int tier = topology.tier(levels.get(level).tier());
            for (int a = 0; a < nodes.size(); a++) {
                for (int b = 0; b < nodes.size(); b++) {
                    boolean agree = true;
                    for (int above = level; above < levels.size(); above++) {
                        String label = levels.get(above).label();
                        agree &= nodes.get(a)
                                .labels()
                                .get(label)
                                .equals(nodes.get(b).labels().get(label));
                    }
                    assertThat(topology.domainOf(tier, a) == topology.domainOf(tier, b))
                            .isEqualTo(agree);
                }
            }
        }
    }

    @Property(tries = 300)
    void aDomainOfATierIsTheHighestHyperNodeUpToIt(@ForAll Random random) {
        // A forest in which each HyperNode hangs on a later one of a higher tier, or on none.
        int count = 1 + random.nextInt(8);
        List<Integer> tiers = new ArrayList<>();
        for (int h = 0; h < count; h++) {
            tiers.add(1 + random.nextInt(4));
        }
        Collections.sort(tiers);
        int[] parent = new int[count];
        List<List<Member>> members = new ArrayList<>();
        for (int h = 0; h < count; h++) {
            members.add(new ArrayList<>());
        }
        for (int h = 0; h < count; h++) {
            int chosen = h + random.nextInt(count - h);
            parent[h] = tiers.get(chosen) > tiers.get(h) ? chosen : -1;
            if (parent[h] >= 0) {
                members.get(parent[h]).add(new Member(false, "h" + h, null, null));
            }
        }
        List<NodeObject> nodes = new ArrayList<>();
        int[] home = new int[6];
        for (int n = 0; n < home.length; n++) {
            nodes.add(Samples.node("n" + n, Map.of(), Map.of()));
            home[n] = random.nextInt(count);
            members.get(home[n]).add(new Member(true, "n" + n, null, null));
        }
        TopologyStore store = new TopologyStore();
        for (int h = 0; h < count; h++) {
            store.seen(new HyperNodeObject("h" + h, tiers.get(h), "", members.get(h)));
        }
        ClusterModel model = new ClusterReader(ClusterSettings.DEFAULT).read(nodes, store.objects());
        assertThat(model.problems()).isEmpty();
        Topology topology = model.cluster().topology();
        for (int tier : tiers) {
            int rung = topology.tier("tier-" + tier);
            for (int a = 0; a < home.length; a++) {
                for (int b = 0; b < home.length; b++) {
                    Integer highestOfA = highest(home[a], tier, tiers, parent);
                    Integer highestOfB = highest(home[b], tier, tiers, parent);
                    boolean together =
                            topology.domainOf(rung, a) >= 0 && topology.domainOf(rung, a) == topology.domainOf(rung, b);
                    assertThat(together).isEqualTo(highestOfA != null && highestOfA.equals(highestOfB));
                }
            }
        }
    }

    private static @Nullable Integer highest(int from, int tier, List<Integer> tiers, int[] parent) {
        Integer found = null;
        for (int at = from; at >= 0 && tiers.get(at) <= tier; at = parent[at]) {
            found = at;
        }
        return found;
    }
}
