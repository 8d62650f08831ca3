package dev.berth.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ClusterDescriptionTest {
    private static FabricSwitch fabricSwitch(String name, String tier, @Nullable String parent) {
        return new FabricSwitch(name, tier, parent, 1);
    }

    private static NodeSpec.Builder node(String name) {
        return NodeSpec.named(name).gpus("H100", 8, 0);
    }

    private static void refused(Cluster.Builder builder, String message) {
        assertThatIllegalArgumentException().isThrownBy(builder::build).withMessage(message);
    }

    @Test
    void parentMustBeThere() {
        refused(
                Cluster.builder().add(fabricSwitch("l1", "leaf", "s9")),
                "switch 'l1': parent is s9, allowed: the name of a switch of the cluster");
    }

    @Test
    void switchesCannotStandAboveThemselves() {
        refused(
                Cluster.builder()
                        .add(fabricSwitch("a", "t1", "b"))
                        .add(fabricSwitch("b", "t2", "c"))
                        .add(fabricSwitch("c", "t3", "b")),
                "switch 'b': parent is c, allowed: a switch that does not stand below it, and this one does: b < c < b");
        refused(
                Cluster.builder().add(fabricSwitch("a", "t1", "a")),
                "switch 'a': parent is a, allowed: a switch that does not stand below it, and this one does: a < a");
    }

    @Test
    void switchAndParentAreOfDifferentTiers() {
        refused(
                Cluster.builder().add(fabricSwitch("a", "leaf", "b")).add(fabricSwitch("b", "leaf", null)),
                "switch 'a': tier is leaf, allowed: another tier than its parent 'b' has");
    }

    @Test
    void tiersStandInOneOrder() {
        refused(
                Cluster.builder()
                        .add(fabricSwitch("top", "core", null))
                        .add(fabricSwitch("l1", "leaf", "s1"))
                        .add(fabricSwitch("s1", "spine", "top"))
                        .add(fabricSwitch("s2", "spine", "l2"))
                        .add(fabricSwitch("l2", "leaf", "top")),
                "the tiers of the switches contradict each other: 'spine' is below 'leaf' at switch 's2', 'leaf' is below"
                        + " 'spine' at switch 'l1', allowed: tiers that stand in one order everywhere");
    }

    @Test
    void contradictionAcrossSeveralTiersIsFound() {
        refused(
                Cluster.builder()
                        .add(fabricSwitch("a1", "a", "b1"))
                        .add(fabricSwitch("b1", "b", null))
                        .add(fabricSwitch("b2", "b", "c2"))
                        .add(fabricSwitch("c2", "c", null))
                        .add(fabricSwitch("c3", "c", "a3"))
                        .add(fabricSwitch("a3", "a", null)),
                "the tiers of the switches contradict each other: 'a' is below 'b' at switch 'a1', 'b' is below 'c' at switch"
                        + " 'b2', 'c' is below 'a' at switch 'c3', allowed: tiers that stand in one order everywhere");
    }

    @Test
    void tiersOfOurOwnAreReserved() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> fabricSwitch("a", "rack", null))
                .withMessage(
                        "switch 'a': tier is rack, allowed: any name but [gpu, island, node, nvlink-domain, rack, site,"
                                + " cluster]");
    }

    @Test
    void tooManyTiersAreRefused() {
        Cluster.Builder builder = Cluster.builder();
        for (int t = 0; t <= FabricTree.MAX_TIERS; t++) {
            builder.add(fabricSwitch("s" + t, "t" + t, null));
        }
        assertThatIllegalArgumentException()
                .isThrownBy(builder::build)
                .withMessageStartingWith("the switches name 25 tiers [t0, ")
                .withMessageEndingWith("..., allowed: at most 24");
    }

    @Test
    void oversubscriptionIsARatio() {
        for (double wrong : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new FabricSwitch("a", "leaf", null, wrong))
                    .withMessage("switch 'a': oversubscription is " + wrong + ", allowed: 0 (unknown) to 1000");
        }
    }

    @Test
    void namesAreTakenOnce() {
        assertThatThrownBy(() ->
                        Cluster.builder().add(new Rack("r", 0, Cooling.AIR)).add(new Rack("r", 1, Cooling.AIR)))
                .hasMessage("rack 'r' is there twice, allowed: one rack per name");
        assertThatThrownBy(() -> Cluster.builder().add(new Site("s", null, 0)).add(new Site("s", "NO", 0)))
                .hasMessage("site 's' is there twice, allowed: one site per name");
        assertThatThrownBy(() ->
                        Cluster.builder().add(fabricSwitch("l", "leaf", null)).add(fabricSwitch("l", "spine", null)))
                .hasMessage("switch 'l' is there twice, allowed: one switch per name");
    }

    @Test
    void nodesNameOnlyWhatIsThere() {
        refused(
                Cluster.builder().add(node("n").fabricSwitch("l1").build()),
                "node 'n': fabricSwitch is l1, allowed: nothing, because no switch of the cluster is described");
        refused(
                Cluster.builder()
                        .add(fabricSwitch("l2", "leaf", null))
                        .add(node("n").fabricSwitch("l1").build()),
                "node 'n': fabricSwitch is l1, allowed: the name of a described switch, such as l2");
        refused(
                Cluster.builder()
                        .add(new Rack("r1", 0, Cooling.AIR))
                        .add(node("n").rack("r2").build()),
                "node 'n': rack is r2, allowed: the name of a described rack, such as r1");
        refused(
                Cluster.builder()
                        .add(new Site("s1", null, 0))
                        .add(node("n").site("s2").build()),
                "node 'n': site is s2, allowed: the name of a described site, such as s1");
        // Without any description, racks and sites are names.
        Cluster cluster =
                Cluster.builder().add(node("n").rack("r").site("s").build()).build();
        assertThat(cluster.rack(0)).isEqualTo(new Rack("r", 0, Cooling.UNKNOWN));
        assertThat(cluster.site(0)).isEqualTo(new Site("s", null, 0));
        assertThat(cluster.describedRacks()).isEmpty();
    }

    @Test
    void describedRackStandsInOneSite() {
        refused(
                Cluster.builder()
                        .add(new Rack("r", 0, Cooling.AIR))
                        .add(node("n1").rack("r").site("oslo").build())
                        .add(node("n2").rack("r").build()),
                "node 'n2': site is null, allowed: that of the other nodes of its rack 'r', which is oslo at node 'n1'");
    }

    @Test
    void nodeUnderACapSaysWhatItDraws() {
        refused(
                Cluster.builder()
                        .add(new Rack("r", 40_000, Cooling.AIR))
                        .powerBasis(PowerBasis.NAMEPLATE)
                        .add(node("n")
                                .rack("r")
                                .power(new NodePower(0, 8_400, 0, 0))
                                .build()),
                "node 'n': power is NodePower[nameplateW=0, measuredW=8400, idleW=0, busyGpuW=0], allowed: watts known on the"
                        + " basis NAMEPLATE or a stricter one, because its rack 'r' has a power cap");
    }

    @Test
    void unknownWattsComeFromAStricterBasis() {
        NodePower all = new NodePower(10_200, 8_400, 2_000, 790);
        assertThat(PowerBasis.NAMEPLATE.fullW(all, 8)).isEqualTo(10_200);
        assertThat(PowerBasis.MEASURED.fullW(all, 8)).isEqualTo(8_400);
        assertThat(PowerBasis.EXPECTED.fullW(all, 8)).isEqualTo(8_320);
        assertThat(PowerBasis.EXPECTED.fullW(new NodePower(10_200, 8_400, 2_000, 0), 8))
                .isEqualTo(8_400);
        assertThat(PowerBasis.MEASURED.fullW(new NodePower(10_200, 0, 2_000, 0), 8))
                .isEqualTo(10_200);
        assertThat(PowerBasis.EXPECTED.fullW(new NodePower(900, 0, 300, 0), 0)).isEqualTo(300);
        assertThat(PowerBasis.NAMEPLATE.fullW(null, 8)).isZero();
    }

    @Test
    void wattsAreChecked() {
        assertThatThrownBy(() -> new NodePower(-1, 0, 0, 0))
                .hasMessage("power.nameplateW is -1, allowed: 0 (unknown) to 10000000");
        assertThatThrownBy(() -> new NodePower(10_200, 10_201, 0, 0))
                .hasMessage("power.measuredW is 10201, allowed: 0 (unknown) to 10200, the nameplateW");
        assertThatThrownBy(() ->
                        node("n").power(new NodePower(10_200, 0, 5_000, 700)).build())
                .hasMessage(
                        "node 'n': power is NodePower[nameplateW=10200, measuredW=0, idleW=5000, busyGpuW=700], allowed:"
                                + " idleW and busyGpuW of all GPUs together at most nameplateW");
    }

    @Test
    void fieldsOfNodesRacksAndSitesAreChecked() {
        assertThatThrownBy(() -> NodeSpec.named("n").nvlinkDomain("d").build())
                .hasMessage("node 'n': nvlinkDomain is d, allowed: nothing, because the node has no GPUs");
        assertThatThrownBy(() -> node("n").fabricSwitch(" ").build())
                .hasMessage("node 'n': fabricSwitch is  , allowed: not blank");
        assertThatThrownBy(() -> node("n").gpuTopology(GpuTopology.none(4)).build())
                .hasMessageContaining("node 'n': gpuTopology is ")
                .hasMessageEndingWith("allowed: links between as many GPUs as the node has, 8");
        assertThatThrownBy(() -> new Rack("r", -1, Cooling.AIR))
                .hasMessage("rack 'r': powerCapW is -1, allowed: 0 (none or unknown) or more");
        assertThatThrownBy(() -> new Site("s", " ", 0)).hasMessage("site 's': jurisdiction is  , allowed: not blank");
        assertThatThrownBy(() -> new Site("s", null, 0.9))
                .hasMessage("site 's': powerUsageEffectiveness is 0.9, allowed: 0 (unknown), or 1 to 100");
    }

    @Test
    void treesOfUnequalDepthHaveOneLadder() {
        Cluster cluster = Cluster.builder()
                .add(fabricSwitch("core", "core", null))
                .add(fabricSwitch("s1", "spine", "core"))
                .add(fabricSwitch("l1", "leaf", "s1"))
                .add(new FabricSwitch("l2", "leaf", "core", 3))
                .add(node("a").fabricSwitch("l1").build())
                .add(node("b").fabricSwitch("l2").build())
                .add(node("c").fabricSwitch("s1").build())
                .add(node("d").build())
                .build();
        Topology topology = cluster.topology();
        assertThat(topology.tiers()).containsExactly("node", "leaf", "spine", "core", "cluster");
        assertThat(topology).hasToString("Topology[4 node, 2 leaf, 1 spine, 1 core, 1 cluster]");
        assertThat(topology.domainOf(topology.tier("spine"), cluster.nodeId("b")))
                .isEqualTo(-1);
        assertThat(topology.lowestCommonTier(0, 2)).isEqualTo(topology.tier("spine"));
        assertThat(topology.lowestCommonTier(0, 1)).isEqualTo(topology.tier("core"));
        assertThat(topology.lowestCommonTier(0, 3)).isEqualTo(topology.tier("cluster"));
        assertThat(topology.oversubscription(1, 1)).isEqualTo(3);
        assertThat(topology.oversubscription(0, 1)).isZero();
        assertThatThrownBy(() -> topology.domainOf(0, 4)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> topology.domainOf(4, 4)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> topology.member(1, 2, 0)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> topology.member(1, 0, 1)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void tiersThatNothingOrdersStandByDepthThenByName() {
        Topology topology = Cluster.builder()
                .add(fabricSwitch("agg", "aggregation", null))
                .add(fabricSwitch("sp", "spine", null))
                .add(fabricSwitch("tor", "tor", "agg"))
                .add(fabricSwitch("lf", "leaf", "sp"))
                .build()
                .topology();
        assertThat(topology.tiers()).containsExactly("node", "tor", "leaf", "aggregation", "spine", "cluster");
    }

    @Test
    void clusterWithoutNodesHasTwoTiers() {
        Topology topology = Cluster.builder().build().topology();
        assertThat(topology.tiers()).containsExactly("node", "cluster");
        assertThat(topology.memberCount(1, 0)).isZero();
        assertThat(topology.isContiguous(1, 0)).isTrue();
    }
}
