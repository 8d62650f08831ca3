package dev.berth.k8s.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.LinkKind;
import dev.berth.cluster.Topology;
import dev.berth.k8s.objects.BadObjectException;
import dev.berth.k8s.objects.HyperNodeObject;
import dev.berth.k8s.objects.LevelsObject;
import dev.berth.k8s.objects.NodeObject;
import dev.berth.k8s.objects.ResourceSliceJson;
import dev.berth.k8s.objects.TopologyJson;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class TopologyObjectsTest {
    private static ClusterModel read(List<NodeObject> nodes, TopologyStore store) {
        return new ClusterReader(ClusterSettings.DEFAULT).read(nodes, store.objects());
    }

    private static byte[] json(String text) {
        return text.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    }

    private static LevelsObject levels(String text) throws BadObjectException {
        return TopologyJson.parseLevels(json(text));
    }

    private static HyperNodeObject hyperNode(String name, int tier, String... members) throws BadObjectException {
        List<String> list = new ArrayList<>();
        for (String member : members) {
            list.add("{'type':'" + (member.startsWith("sw") ? "HyperNode" : "Node")
                    + "','selector':{'exactMatch':{'name':'" + member + "'}}}");
        }
        return TopologyJson.parseHyperNode(json("{'apiVersion':'topology.volcano.sh/v1alpha1','kind':'HyperNode',"
                + "'metadata':{'name':'" + name + "'},'spec':{'tier':" + tier + ",'members':[" + String.join(",", list)
                + "]},'status':{'nodeCount':2}}"));
    }

    private static String domain(Cluster cluster, String tier, String node) {
        int rung = cluster.topology().tier(tier);
        int domain = rung < 0 ? -1 : cluster.topology().domainOf(rung, cluster.nodeId(node));
        return domain < 0 ? "none" : cluster.topology().domainName(rung, domain);
    }

    @Test
    void levelsOfKueue() throws BadObjectException {
        TopologyStore store = new TopologyStore();
        store.seen(levels("{'apiVersion':'kueue.x-k8s.io/v1beta2','kind':'Topology','metadata':{'name':'default'},"
                + "'spec':{'levels':[{'nodeLabel':'example.com/topology-block'},{'nodeLabel':'example.com/rack'},"
                + "{'nodeLabel':'nvidia.com/gpu.clique'},{'nodeLabel':'kubernetes.io/hostname'}]}}"));
        ClusterModel model = read(
                List.of(
                        Samples.h100(
                                "a",
                                "example.com/topology-block",
                                "b1",
                                "example.com/rack",
                                "r1",
                                "nvidia.com/gpu.clique",
                                "u.1",
                                // A preset of which there is more does not count beside an object.
                                "topology.k8s.aws/network-node-layer-3",
                                "x"),
                        Samples.h100("b", "example.com/topology-block", "b1", "example.com/rack", "r2")),
                store);
        assertThat(model.cluster().topology().tiers())
                .containsExactly("node", "nvlink-domain", "rack", "block", "cluster");
        assertThat(model.tierOfLabel())
                .containsEntry("example.com/topology-block", "block")
                .containsEntry("example.com/rack", "rack")
                .containsEntry("nvidia.com/gpu.clique", "nvlink-domain")
                .containsEntry("kubernetes.io/hostname", "node");
        assertThat(model.notes()).singleElement().asString().contains("Topology default of Kueue", "2 of 2 nodes");
        assertThat(model.problems()).isEmpty();
    }

    @Test
    void theTopologyThatIsOnMostNodesCounts() throws BadObjectException {
        TopologyStore store = new TopologyStore();
        store.seen(levels("{'apiVersion':'kai.scheduler/v1alpha1','metadata':{'name':'few'},"
                + "'spec':{'levels':[{'nodeLabel':'few','alias':'Few'}]}}"));
        store.seen(levels("{'apiVersion':'kai.scheduler/v1alpha1','metadata':{'name':'many'},"
                + "'spec':{'levels':[{'nodeLabel':'many','alias':'Many'}]}}"));
        ClusterModel model =
                read(List.of(Samples.h100("a", "few", "1", "many", "1"), Samples.h100("b", "many", "1")), store);
        assertThat(model.tierOfLabel()).containsEntry("Many", "many").doesNotContainKey("Few");
        assertThat(store.levelsGone("kai", "many")).isTrue();
        assertThat(store.levelsGone("kai", "many")).isFalse();
        assertThat(read(List.of(Samples.h100("a", "few", "1")), store).tierOfLabel())
                .containsEntry("Few", "few");
    }

    @Test
    void layersOfKoordinatorStandInTheOrderOfTheirParents() throws BadObjectException {
        TopologyStore store = new TopologyStore();
        store.seen(levels("{'apiVersion':'scheduling.koordinator.sh/v1alpha1','kind':'ClusterNetworkTopology',"
                + "'metadata':{'name':'default'},'spec':{'networkTopologySpec':["
                + "{'labelKey':['old/spine','network.topology.nvidia.com/spine'],'topologyLayer':'SpineLayer'},"
                + "{'parentTopologyLayer':'BlockLayer','topologyLayer':'NodeTopologyLayer'},"
                + "{'labelKey':['network.topology.nvidia.com/block'],'parentTopologyLayer':'SpineLayer',"
                + "'topologyLayer':'BlockLayer'}]}}"));
        ClusterModel model = read(
                List.of(Samples.h100(
                        "a", "network.topology.nvidia.com/block", "b", "network.topology.nvidia.com/spine", "s")),
                store);
        assertThat(model.cluster().topology().tiers()).containsExactly("node", "block", "spine", "cluster");
        assertThat(model.tierOfLabel()).containsEntry("BlockLayer", "block").containsEntry("SpineLayer", "spine");
    }

    /** Gangs say BlockLayer, which is read as block ({@code GatherRules}), whatever the label is called. */
    @Test
    void layersOfKoordinatorAreKnownByWhatGangsCallThem() throws BadObjectException {
        TopologyStore store = new TopologyStore();
        store.seen(levels("{'apiVersion':'scheduling.koordinator.sh/v1alpha1','metadata':{'name':'default'},"
                + "'spec':{'networkTopologySpec':[{'topologyLayer':'NodeTopologyLayer','parentTopologyLayer':'BlockLayer'},"
                + "{'topologyLayer':'BlockLayer','labelKey':['x/pod'],'parentTopologyLayer':'SpineLayer'},"
                + "{'topologyLayer':'SpineLayer','labelKey':['x/wing'],'parentTopologyLayer':'PodLayer'},"
                + "{'topologyLayer':'PodLayer','labelKey':['x/hall']}]}}"));
        ClusterModel model = read(List.of(Samples.h100("a", "x/pod", "1", "x/wing", "2", "x/hall", "3")), store);
        assertThat(model.tierOfLabel())
                .containsEntry("block", "pod")
                .containsEntry("BlockLayer", "pod")
                .containsEntry("spine", "wing")
                // A tier's own name is not another's.
                .doesNotContainKey("pod")
                .containsEntry("PodLayer", "hall");
    }

    @Test
    void layersInACircleEnd() throws BadObjectException {
        LevelsObject object = levels("{'apiVersion':'scheduling.koordinator.sh/v1alpha1','metadata':{'name':'x'},"
                + "'spec':{'networkTopologySpec':[{'topologyLayer':'NodeTopologyLayer','parentTopologyLayer':'A'},"
                + "{'topologyLayer':'A','labelKey':['a'],'parentTopologyLayer':'B'},"
                + "{'topologyLayer':'B','labelKey':['b'],'parentTopologyLayer':'A'}]}}");
        assertThat(object.levels()).extracting(LevelsObject.Level::alias).containsExactly("B", "A");
    }

    @Test
    void anObjectOfAnotherGroupIsRefusedWithItsPlace() {
        assertThatThrownBy(() -> levels("{'apiVersion':'example.com/v1','metadata':{'name':'x'}}"))
                .isInstanceOf(BadObjectException.class)
                .hasMessageContaining("apiVersion is \"example.com/v1\"");
        assertThatThrownBy(() -> TopologyJson.parseHyperNode(json("{'spec':{'tier':'one'}}")))
                .isInstanceOf(BadObjectException.class)
                .hasMessageContaining("spec.tier");
    }

    @Test
    void hyperNodesOfUnequalDepth() throws BadObjectException {
        TopologyStore store = new TopologyStore();
        store.seen(hyperNode("sw1", 1, "a", "b"));
        store.seen(hyperNode("sw2", 1, "c"));
        store.seen(hyperNode("sw3", 2, "sw1"));
        // sw2 hangs straight on the top, and d on a switch of tier 2.
        store.seen(hyperNode("sw4", 3, "sw3", "sw2", "sw5"));
        store.seen(hyperNode("sw5", 2, "d"));
        ClusterModel model =
                read(List.of(Samples.h100("a"), Samples.h100("b"), Samples.h100("c"), Samples.h100("d")), store);
        Cluster cluster = model.cluster();
        assertThat(cluster.topology().tiers()).containsExactly("node", "tier-1", "tier-2", "tier-3", "cluster");
        assertThat(domain(cluster, "tier-1", "b")).isEqualTo("sw1");
        assertThat(domain(cluster, "tier-2", "b")).isEqualTo("sw3");
        // "Tier 2 or lower" may be sw2 for c.
        assertThat(domain(cluster, "tier-2", "c")).isEqualTo("sw2@tier-2");
        assertThat(domain(cluster, "tier-1", "d")).isEqualTo("none");
        assertThat(domain(cluster, "tier-2", "d")).isEqualTo("sw5");
        assertThat(domain(cluster, "tier-3", "d")).isEqualTo("sw4");
        assertThat(model.tierOfLabel()).containsEntry("tier-2", "tier-2");
        assertThat(model.problems()).isEmpty();
    }

    @Test
    void hyperNodesChooseMembersByPatternsAndLabels() throws BadObjectException {
        TopologyStore store = new TopologyStore();
        store.seen(TopologyJson.parseHyperNode(json("{'metadata':{'name':'sw1'},'spec':{'tier':1,'tierName':'rail',"
                + "'members':[{'type':'Node','selector':{'regexMatch':{'pattern':'^gpu-[0-3]$'}}}]}}")));
        store.seen(TopologyJson.parseHyperNode(json("{'metadata':{'name':'sw2'},'spec':{'tier':1,"
                + "'members':[{'type':'Node','selector':{'labelMatch':{"
                + "'matchLabels':{'pool':'b'},'matchExpressions':[{'key':'x','operator':'DoesNotExist'}]}}}]}}")));
        store.seen(TopologyJson.parseHyperNode(json("{'metadata':{'name':'sw9'},'spec':{'tier':2,'members':["
                + "{'type':'HyperNode','selector':{'regexMatch':{'pattern':'sw'}}}]}}")));
        ClusterModel model = read(
                List.of(
                        Samples.h100("gpu-1"),
                        Samples.h100("gpu-10", "pool", "b"),
                        Samples.h100("gpu-11", "pool", "b", "x", "1")),
                store);
        assertThat(domain(model.cluster(), "tier-1", "gpu-1")).isEqualTo("sw1");
        assertThat(domain(model.cluster(), "tier-1", "gpu-10")).isEqualTo("sw2");
        assertThat(domain(model.cluster(), "tier-1", "gpu-11")).isEqualTo("none");
        assertThat(domain(model.cluster(), "tier-2", "gpu-10")).isEqualTo("sw9");
        assertThat(model.tierOfLabel()).containsEntry("rail", "tier-1");
        // sw9 matches its own pattern.
        assertThat(model.problems()).singleElement().asString().contains("sw9", "a lower tier");
    }

    @Test
    void brokenHyperNodesAreTold() throws BadObjectException {
        TopologyStore store = new TopologyStore();
        store.seen(hyperNode("sw1", 1, "a"));
        store.seen(hyperNode("sw2", 2, "sw1"));
        store.seen(hyperNode("sw3", 2, "sw1"));
        store.seen(hyperNode("sw4", 1, "a"));
        store.seen(
                TopologyJson.parseHyperNode(
                        json(
                                "{'metadata':{'name':'sw5'},'spec':{'tier':3,'members':["
                                        + "{'type':'Node','selector':{'regexMatch':{'pattern':'(('}}},"
                                        + "{'type':'Node','selector':{'regexMatch':{'pattern':'(.*)(.*)(.*)(.*)(.*)c$'}}},{'type':'Node'}]}}")));
        ClusterModel model = read(List.of(Samples.h100("a"), Samples.h100("a".repeat(60) + "b")), store);
        assertThat(domain(model.cluster(), "tier-2", "a")).isEqualTo("sw2");
        assertThat(model.problems())
                .anyMatch(problem -> problem.contains("HyperNode sw1 is a member of sw2 and of sw3"))
                .anyMatch(problem -> problem.contains("node a: is in two HyperNodes of tier 1, sw1 and sw4"))
                .anyMatch(problem -> problem.contains("'(('"))
                .anyMatch(problem -> problem.contains("'(.*)(.*)(.*)(.*)(.*)c$'"))
                .anyMatch(problem -> problem.contains("without exactMatch"));
    }

    private static String slice(String name, String pool, long generation, int count, String devices) {
        return "{'apiVersion':'resource.k8s.io/v1','kind':'ResourceSlice','metadata':{'name':'" + name + "'},'spec':{"
                + "'driver':'gpu.nvidia.com','nodeName':'" + pool + "','pool':{'name':'" + pool + "','generation':"
                + generation + ",'resourceSliceCount':" + count + "},'devices':[" + devices + "]}}";
    }

    private static String gpu(int minor, String uuid, int numa, String root) {
        return "{'name':'gpu-" + minor + "','attributes':{'type':{'string':'gpu'},'uuid':{'string':'" + uuid
                + "'},'productName':{'string':'NVIDIA H100 PCIe'},'cudaComputeCapability':{'version':'9.0.0'},"
                + "'resource.kubernetes.io/numaNode':{'int':" + numa + "},'resource.kubernetes.io/pcieRoot':{'string':'"
                + root + "'}},'capacity':{'memory':{'value':'81559Mi'}}}";
    }

    @Test
    void devicesOfDraWhereNothingIsAllocatable() throws BadObjectException {
        TopologyStore store = new TopologyStore();
        store.seen(ResourceSliceJson.parse(json(slice(
                "s1",
                "n1",
                3,
                1,
                String.join(
                        ",",
                        gpu(10, "GPU-10", 1, "pci0000:80"),
                        gpu(1, "GPU-1", 0, "pci0000:00"),
                        gpu(0, "GPU-0", 0, "pci0000:00"),
                        gpu(2, "GPU-2", 0, "pci0000:40"))))));
        NodeObject node = Samples.node("n1", Map.of(), Map.of());
        ClusterModel model = read(List.of(node), store);
        Cluster cluster = model.cluster();
        assertThat(cluster.gpuCount(0)).isEqualTo(4);
        assertThat(cluster.gpuMemoryMib(0)).isEqualTo(81559);
        assertThat(cluster.gpuModels()).containsExactly("NVIDIA-H100-PCIe");
        assertThat(cluster.gpuTopology(0).numaOf(3)).isEqualTo(1);
        assertThat(cluster.gpuTopology(0).linkKind(0, 1)).isEqualTo(LinkKind.PHB);
        assertThat(cluster.gpuTopology(0).linkKind(0, 2)).isEqualTo(LinkKind.NODE);
        assertThat(cluster.gpuTopology(0).linkKind(0, 3)).isEqualTo(LinkKind.SYS);
        assertThat(store.objects().gpuUuids("n1")).containsExactly("GPU-0", "GPU-1", "GPU-2", "GPU-10");
        assertThat(store.objects().gpuUuids("n2")).isNull();
    }

    @Test
    void onlyWholePoolsOfTheNewestGenerationCount() throws BadObjectException {
        TopologyStore store = new TopologyStore();
        store.seen(ResourceSliceJson.parse(json(slice("old", "n1", 1, 1, gpu(0, "GPU-old", 0, "")))));
        store.seen(ResourceSliceJson.parse(json(slice("new-1", "n1", 2, 2, gpu(0, "GPU-0", 0, "")))));
        assertThat(store.objects().gpuUuids("n1")).isNull();
        store.seen(ResourceSliceJson.parse(json(slice("new-2", "n1", 2, 2, gpu(1, "GPU-1", 0, "")))));
        assertThat(store.objects().gpuUuids("n1")).containsExactly("GPU-0", "GPU-1");
        assertThat(store.sliceGone("new-1")).isTrue();
        assertThat(store.objects().gpuUuids("n1")).isNull();
    }

    @Test
    void olderSlicesAndOtherDevices() throws BadObjectException {
        TopologyStore store = new TopologyStore();
        String old = gpu(0, "GPU-0", 0, "")
                .replace("'attributes'", "'basic':{'attributes'")
                .replaceAll("\\}$", "}}");
        String mig = gpu(1, "MIG-1", 0, "").replace("'gpu'", "'mig'").replace("gpu-1'", "gpu-1-mig-1g10gb-19-0'");
        String tainted = gpu(2, "GPU-2", 0, "").replaceAll("\\}$", ",'taints':[{'key':'xid','effect':'NoSchedule'}]}");
        store.seen(ResourceSliceJson.parse(json(slice("s", "n1", 1, 1, String.join(",", old, mig, tainted)))));
        assertThat(store.objects().gpuUuids("n1")).containsExactly("GPU-0", "GPU-2");
        assertThat(store.objects().gpuOfInstance("n1", "MIG-1")).isEqualTo(1);
        assertThat(store.objects().gpuOfInstance("n1", "MIG-2")).isEqualTo(-1);
        assertThat(store.objects().gpuOfInstance("n2", "MIG-1")).isEqualTo(-1);
        assertThat(read(List.of(Samples.node("n1", Map.of(), Map.of())), store)
                        .cluster()
                        .gpuCount(0))
                .isEqualTo(1);
    }

    @Test
    void theDevicePluginsCountComesBeforeDevices() throws BadObjectException {
        TopologyStore store = new TopologyStore();
        store.seen(ResourceSliceJson.parse(json(slice("s", "n1", 1, 1, gpu(0, "GPU-0", 0, "")))));
        assertThat(read(List.of(Samples.h100("n1")), store).cluster().gpuCount(0))
                .isEqualTo(8);
    }

    @Test
    void aNodeWithLabelsThatOffersNothing() {
        NodeObject node = Samples.node("n1", Map.of(), Samples.labels("nvidia.com/gpu.count", "8"));
        ClusterModel model = read(List.of(node), new TopologyStore());
        assertThat(model.cluster().gpuCount(0)).isZero();
        assertThat(model.problems()).singleElement().asString().contains("nvidia.com/gpu.count 8", "offers no GPUs");
        assertThat(model.cluster().topology().tiers()).containsExactly(Topology.NODE, Topology.CLUSTER);
    }
}
