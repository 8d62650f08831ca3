package dev.berth.planner.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.GpuTopology;
import dev.berth.cluster.NodeState;
import dev.berth.cluster.Topology;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What the example clusters say, against the reference designs that they follow. */
final class ExampleClustersTest {
    private static final Path FOLDER =
            Path.of("..").toAbsolutePath().normalize().resolve("examples/clusters");

    private static Cluster read(String name) {
        Cluster cluster = ClusterFile.read(FOLDER.resolve(name));
        String written = ClusterFile.write(cluster);
        Cluster again = ClusterFile.parse(name, written.getBytes(StandardCharsets.UTF_8));
        assertThat(ClusterFile.write(again)).isEqualTo(written);
        assertThat(again.topology()).hasToString(cluster.topology().toString());
        return cluster;
    }

    /** Draw of the nodes of a rack when all are wholly busy. */
    private static int fullW(Cluster cluster, int rack) {
        int sum = 0;
        for (int node = 0; node < cluster.nodeCount(); node++) {
            if (cluster.rackId(node) == rack) {
                sum += cluster.powerBasis().fullW(cluster.power(node), cluster.gpuCount(node));
            }
        }
        return sum;
    }

    private static void assertNoCapBinds(Cluster cluster) {
        for (int rack = 0; rack < cluster.racks().size(); rack++) {
            int cap = cluster.rack(rack).powerCapW();
            assertThat(fullW(cluster, rack)).isPositive();
            assertThat(cap == 0 || fullW(cluster, rack) <= cap)
                    .as(cluster.racks().get(rack))
                    .isTrue();
        }
    }

    @Test
    void superpodHasFourUnitsLessOneNode() {
        Cluster cluster = read("superpod-h100-127.yaml");
        Topology topology = cluster.topology();
        assertThat(cluster.nodeCount()).isEqualTo(127);
        assertThat(cluster.gpuCount()).isEqualTo(1_016);
        assertThat(topology).hasToString("Topology[127 node, 32 rack, 4 leaf, 1 spine, 1 cluster]");
        int leaf = topology.tier("leaf");
        for (int unit = 0; unit < 4; unit++) {
            assertThat(topology.memberCount(leaf, unit)).isEqualTo(unit < 3 ? 32 : 31);
            assertThat(topology.isContiguous(leaf, unit)).isTrue();
            assertThat(topology.oversubscription(leaf, unit)).isEqualTo(1);
        }
        int rack = topology.tier(Topology.RACK);
        for (int r = 0; r < 32; r++) {
            assertThat(topology.memberCount(rack, r)).isEqualTo(r < 31 ? 4 : 3);
            assertThat(topology.isContiguous(rack, r)).isTrue();
        }
        GpuTopology links = cluster.gpuTopology(0);
        assertThat(links.shape()).isEqualTo("nvswitch");
        assertThat(links.railCount()).isEqualTo(8);
        for (int gpu = 0; gpu < 8; gpu++) {
            assertThat(links.railOf(gpu)).isEqualTo(gpu);
            assertThat(links.numaOf(gpu)).isEqualTo(gpu / 4);
        }
        assertThat(cluster.gpuTopology(126)).isSameAs(links);
        assertNoCapBinds(cluster);
    }

    @Test
    void gb200HasEightNvlinkDomains() {
        Cluster cluster = read("gb200-nvl72-8.yaml");
        Topology topology = cluster.topology();
        assertThat(cluster.gpuCount()).isEqualTo(576);
        assertThat(topology)
                .hasToString("Topology[144 node, 8 nvlink-domain, 8 rack, 2 leaf, 1 spine, 1 site, 1 cluster]");
        int tier = topology.tier(Topology.NVLINK_DOMAIN);
        int[] ready = new int[8];
        for (int domain = 0; domain < 8; domain++) {
            assertThat(topology.memberCount(tier, domain)).isEqualTo(18);
            for (int i = 0; i < 18; i++) {
                ready[domain] += cluster.initialState(topology.member(tier, domain, i)) == NodeState.READY ? 1 : 0;
            }
        }
        assertThat(ready).containsExactly(18, 18, 18, 18, 18, 18, 17, 16);
        assertThat(cluster.site(0).jurisdiction()).isEqualTo("NO");
        assertNoCapBinds(cluster);
    }

    @Test
    void mixedCloudHasTreesOfUnequalDepth() {
        Cluster cluster = read("mixed-cloud.yaml");
        Topology topology = cluster.topology();
        assertThat(topology)
                .hasToString(
                        "Topology[272 node, 1 nvlink-domain, 51 rack, 14 leaf, 3 spine, 1 core, 2 site, 1 cluster]");
        int h100 = cluster.nodeId("h100-000");
        int a100 = cluster.nodeId("a100-00");
        int gb200 = cluster.nodeId("gb200-t01");
        int l40s = cluster.nodeId("l40s8-00");
        int cpu = cluster.nodeId("cpu-00");
        assertThat(topology.domainOf(topology.tier("spine"), gb200)).isEqualTo(-1);
        assertThat(topology.lowestCommonTier(h100, a100)).isEqualTo(topology.tier("core"));
        assertThat(topology.lowestCommonTier(h100, gb200)).isEqualTo(topology.tier("core"));
        assertThat(topology.lowestCommonTier(l40s, cluster.nodeId("l40s4-00"))).isEqualTo(topology.tier("spine"));
        assertThat(topology.lowestCommonTier(l40s, cpu)).isEqualTo(topology.tier("site"));
        assertThat(topology.lowestCommonTier(h100, cpu)).isEqualTo(topology.tier("cluster"));
        assertThat(cluster.gpuTopology(cluster.nodeId("mig-0")).shape()).isEqualTo("nvswitch");
        assertNoCapBinds(cluster);
    }
}
