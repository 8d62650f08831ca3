package dev.berth.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.Cooling;
import dev.berth.cluster.FabricSwitch;
import dev.berth.cluster.NodePower;
import dev.berth.cluster.NodeSpec;
import dev.berth.cluster.PowerBasis;
import dev.berth.cluster.Rack;
import dev.berth.ledger.ClaimSpec;
import dev.berth.ledger.Ledger;
import dev.berth.ledger.Ledgers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Gangs under power caps: what is planned fits under all of them at once. */
class GangPowerTest {
    private static final Request WHOLE_NODE = Request.gpus(8, 1_000, 1_000);

    /** Eight racks of four DGX H100 with 40 kW each, under two leaves. */
    private static Ledger pod(PowerBasis basis) {
        Cluster.Builder builder = Cluster.builder().powerBasis(basis);
        builder.add(new FabricSwitch("leaf-0", "leaf", null, 1)).add(new FabricSwitch("leaf-1", "leaf", null, 1));
        for (int rack = 0; rack < 8; rack++) {
            builder.add(new Rack("r" + rack, 40_000, Cooling.AIR));
            for (int i = 0; i < 4; i++) {
                builder.add(NodeSpec.named("n" + rack + "-" + i)
                        .gpus("H100-SXM5-80GB", 8, 81_559)
                        .cpuMilli(100_000)
                        .memoryMib(1_000_000)
                        .rack("r" + rack)
                        .fabricSwitch("leaf-" + rack / 4)
                        .power(new NodePower(10_200, 8_400, 2_000, 690))
                        .build());
            }
        }
        return Ledger.of(builder.build());
    }

    @Example
    void byNameplateThreeNodesOfEachRackHoldAGang() {
        Ledger ledger = pod(PowerBasis.NAMEPLATE);
        GangPlanner planner = new GangPlanner(new Planner(ledger, Policies.byName("berth"), 1));
        GangPlan plan = new GangPlan();
        assertThat(planner.plan(planner.demand(GangRequest.of(WHOLE_NODE, 25).build()), plan))
                .isFalse();
        assertThat(planner.plan(planner.demand(GangRequest.of(WHOLE_NODE, 13).build()), plan))
                .isTrue();
        assertThat(plan.tier()).isEqualTo(ledger.cluster().topology().tier("cluster"));
        assertThat(plan.neededTier()).isEqualTo(plan.tier());
        assertThat(planner.plan(planner.demand(GangRequest.of(WHOLE_NODE, 12).build()), plan))
                .isTrue();
        assertThat(plan.tier()).isEqualTo(ledger.cluster().topology().tier("leaf"));
        assertThat(planner.commit(plan)).isZero();
        assertThat(planner.plan(planner.demand(GangRequest.of(WHOLE_NODE, 13).build()), plan))
                .isFalse();
        assertThat(planner.plan(planner.demand(GangRequest.of(WHOLE_NODE, 12).build()), plan))
                .isTrue();
    }

    @Example
    void asMeasuredAllNodesHoldAGang() {
        GangPlanner planner = new GangPlanner(new Planner(pod(PowerBasis.MEASURED), Policies.byName("berth"), 1));
        assertThat(planner.plan(planner.demand(GangRequest.of(WHOLE_NODE, 32).build()), new GangPlan()))
                .isTrue();
    }

    @Example
    void excludedNodesLeaveTheirShareToOthers() {
        Ledger ledger = pod(PowerBasis.NAMEPLATE);
        GangPlanner planner = new GangPlanner(new Planner(ledger, Policies.byName("berth"), 1));
        GangRequest request = GangRequest.of(WHOLE_NODE, 24)
                .excluding(java.util.Set.of("n0-0", "n1-1", "n7-3"))
                .build();
        assertThat(planner.plan(planner.demand(request), new GangPlan())).isTrue();
    }

    @Example
    void aRefusalSaysWhichRackKeepsTheGangOut() {
        Ledger ledger = pod(PowerBasis.NAMEPLATE);
        GangPlanner planner = new GangPlanner(new Planner(ledger, Policies.byName("berth"), 1));
        GangRefusal refusal = Objects.requireNonNull(
                planner.explain(planner.demand(GangRequest.of(WHOLE_NODE, 25).build())));
        assertThat(refusal.tasksThatFit()).isEqualTo(24);
        assertThat(refusal.power())
                .containsExactly(new GangRefusal.Power("r0", 40_000, PowerBasis.NAMEPLATE, 8_000, 40_800));
        assertThat(refusal.relaxation())
                .isEqualTo(new GangRefusal.Relaxation(GangRefusal.POWER_CAP, "40000 W in rack r0", "40800 W"));
        GangRefusal two = Objects.requireNonNull(
                planner.explain(planner.demand(GangRequest.of(WHOLE_NODE, 26).build())));
        assertThat(two.power()).extracting(GangRefusal.Power::neededW).containsExactly(40_800L, 40_800L);
        GangRefusal tooMany = Objects.requireNonNull(
                planner.explain(planner.demand(GangRequest.of(WHOLE_NODE, 33).build())));
        assertThat(tooMany.power()).isEmpty();
    }

    /** With the caps of the racks that are named as they would have to be, the gang fits; with 1 W less anywhere it does not. */
    @Property(tries = 500)
    void refusalsNamePowerExactlyWhereItIsInTheWay(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        GangCase world = GangCase.random(random, 2 + random.nextInt(5), random.nextBoolean(), true);
        GangRequest request = GangRequest.of(
                        Request.gpus(1 + random.nextInt(GangCase.GPUS), 0, 0), 1 + random.nextInt(6))
                .build();
        GangPlanner planner = new GangPlanner(new Planner(world.ledger, Policies.byName("best-fit"), seed));
        GangRefusal refusal = planner.explain(planner.demand(request));
        if (refusal == null) {
            return;
        }
        Map<String, Long> caps = new HashMap<>();
        world.cluster.racks().forEach(rack -> caps.put(rack, 0L));
        assertThat(!refusal.power().isEmpty()).as("power of %s", refusal).isEqualTo(fits(world, caps, request));
        caps.clear();
        refusal.power().forEach(rack -> caps.put(rack.rack(), rack.neededW()));
        assertThat(refusal.power().isEmpty() || fits(world, caps, request)).isTrue();
        for (GangRefusal.Power rack : refusal.power()) {
            assertThat(rack.neededW()).isGreaterThan(rack.capW());
            assertThat(rack.basis()).isEqualTo(world.cluster.powerBasis());
            Map<String, Long> less = new HashMap<>(caps);
            less.put(rack.rack(), rack.neededW() - 1);
            assertThat(fits(world, less, request)).isFalse();
        }
        assertThat(planner.plan(planner.demand(request), new GangPlan()))
                .as("asking has changed nothing")
                .isFalse();
    }

    /** Of all ways to divide what a rack has left among unlike nodes, the one that holds most tasks is found. */
    @Property(tries = 500)
    void aRackOfUnlikeNodesHoldsAsManyTasksAsAnyDivisionOfItsPower(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Cluster cluster = oneRack(random, 2 + random.nextInt(4));
        Ledger ledger = Ledgers.of(cluster);
        for (int node = 0; node < cluster.nodeCount(); node++) {
            if (random.nextInt(2) == 0) {
                ledger.claim(node, new ClaimSpec().whole(1 + random.nextInt(14)), Ledger.ANY_VERSION);
            }
        }
        int each = random.nextInt(3) == 0 ? 2 : 1;
        GangRequest.Builder builder = GangRequest.elastic(Request.gpus(1 + random.nextInt(2), 0, 0), each, 20);
        if (each > 1) {
            builder.segments(each, "node");
        } else if (random.nextInt(3) == 0) {
            builder.spreadOver("node", 1);
        }
        if (random.nextInt(3) == 0) {
            builder.maxTasksPerNode(2 + random.nextInt(2));
        }
        GangRequest request = builder.build();
        NaiveGangs naive = new NaiveGangs(cluster, ledger, request);
        int most = 20;
        while (most > 0 && naive.bestTier(most) < 0) {
            most -= each;
        }
        GangPlanner planner = new GangPlanner(new Planner(ledger, Policies.byName("best-fit"), seed));
        GangPlan plan = new GangPlan();
        assertThat(planner.plan(planner.demand(request), plan)).isEqualTo(most > 0);
        assertThat(most > 0 ? plan.tasks() : 0).as("tasks of %s", request).isEqualTo(most);
        if (most > 0) {
            assertThat(plan.tier()).isEqualTo(naive.bestTier(most));
            assertThat(planner.commit(plan)).isZero();
        }
    }

    private static Cluster oneRack(SplittableRandom random, int nodes) {
        Cluster.Builder builder = Cluster.builder().powerBasis(PowerBasis.values()[random.nextInt(3)]);
        builder.add(new Rack("r", nodes * (200 + random.nextInt(800)), Cooling.AIR));
        for (int i = 0; i < nodes; i++) {
            builder.add(NodeSpec.named("n" + i)
                    .gpus("A100-SXM4-80GB", GangCase.GPUS, 81_920)
                    .cpuMilli(64_000)
                    .memoryMib(64_000)
                    .rack("r")
                    .power(GangCase.watts(random))
                    .build());
        }
        return builder.build();
    }

    /** Whether a gang fits if some racks had other caps, 0 for none. */
    private static boolean fits(GangCase world, Map<String, Long> caps, GangRequest request) {
        Cluster.Builder builder = Cluster.builder().powerBasis(world.cluster.powerBasis());
        world.cluster.switches().forEach(builder::add);
        for (Rack rack : world.cluster.describedRacks()) {
            int cap = caps.getOrDefault(rack.name(), (long) rack.powerCapW()).intValue();
            builder.add(new Rack(rack.name(), cap, rack.cooling()));
        }
        for (int node = 0; node < world.cluster.nodeCount(); node++) {
            builder.add(world.cluster.spec(node));
        }
        Cluster changed = builder.build();
        return new NaiveGangs(changed, world.ledger, request).bestTier(request.minTasks()) >= 0;
    }

    @Example
    void gangsThatWerePlannedBeforeAreCheckedAtCommit() {
        Ledger ledger = pod(PowerBasis.NAMEPLATE);
        Planner single = new Planner(ledger, Policies.byName("first-fit"), 1);
        GangPlanner planner = new GangPlanner(single);
        GangPlan plan = new GangPlan();
        assertThat(planner.plan(planner.demand(GangRequest.of(WHOLE_NODE, 24).build()), plan))
                .isTrue();
        boolean[] taken = new boolean[ledger.cluster().nodeCount()];
        for (int rank = 0; rank < plan.tasks(); rank++) {
            taken[plan.node(rank)] = true;
        }
        int spare = 0;
        while (taken[spare]) {
            spare++;
        }
        Plan other = new Plan();
        assertThat(single.plan(
                        single.demand(WHOLE_NODE), NodeSet.of(ledger.cluster()).add(spare), other))
                .isTrue();
        assertThat(single.commit(other)).isPositive();
        assertThat(planner.commit(plan)).isEqualTo(Ledger.LOST_RACE);
    }

    @Property(tries = 300)
    void noRackIsTakenAboveItsCap(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int racks = 1 + random.nextInt(3);
        Cluster.Builder builder = Cluster.builder().powerBasis(PowerBasis.values()[random.nextInt(3)]);
        for (int rack = 0; rack < racks; rack++) {
            builder.add(new Rack("r" + rack, 1_000 + random.nextInt(4_000), Cooling.AIR));
        }
        boolean alike = random.nextBoolean();
        int nodes = 1 + random.nextInt(9);
        for (int i = 0; i < nodes; i++) {
            builder.add(NodeSpec.named("n" + i)
                    .gpus("A100-SXM4-80GB", 4, 81_920)
                    .cpuMilli(64_000)
                    .memoryMib(64_000)
                    .rack("r" + i % racks)
                    .power(
                            alike
                                    ? new NodePower(1_200, 1_000, 0, 0)
                                    : new NodePower(
                                            1_000 + random.nextInt(500),
                                            random.nextBoolean() ? 900 : 0,
                                            random.nextInt(300),
                                            random.nextInt(150)))
                    .build());
        }
        Ledger ledger = Ledger.of(builder.build());
        Planner single = new Planner(ledger, Policies.byName("best-fit"), seed);
        GangPlanner planner = new GangPlanner(single);
        NaivePlanner naive = new NaivePlanner(ledger, Policies.byName("best-fit"), seed);
        GangPlan plan = new GangPlan();
        List<Long> handles = new ArrayList<>();
        for (int step = 0; step < 12; step++) {
            Request task = switch (random.nextInt(4)) {
                case 0 -> Request.gpus(4, 100, 100);
                case 1 -> Request.gpus(1 + random.nextInt(2), 100, 100);
                case 2 -> Request.share(400, 100, 100);
                default -> Request.cpuOnly(1_000, 100);
            };
            GangRequest request = GangRequest.of(task, 1 + random.nextInt(8)).build();
            if (planner.plan(planner.demand(request), plan)) {
                assertThat(planner.commit(plan)).as("%s", request).isZero();
                for (int rank = 0; rank < plan.tasks(); rank++) {
                    handles.add(plan.handle(rank));
                }
            } else if (alike && task.equals(Request.gpus(4, 100, 100))) {
                assertThat(wholeNodes(ledger, naive)).isLessThan(request.minTasks());
            }
            for (int rack = 0; rack < racks; rack++) {
                assertThat(naive.rackW(rack))
                        .isLessThanOrEqualTo(
                                Math.max(ledger.cluster().rack(rack).powerCapW(), idleW(ledger.cluster(), rack)));
            }
            if (random.nextInt(3) == 0 && !handles.isEmpty()) {
                ledger.release(handles.remove(random.nextInt(handles.size())));
            }
        }
    }

    /** How many nodes can still be taken as a whole, where all nodes draw the same and idle ones nothing. */
    private static int wholeNodes(Ledger ledger, NaivePlanner naive) {
        Cluster cluster = ledger.cluster();
        int sum = 0;
        for (int rack = 0; rack < cluster.racks().size(); rack++) {
            int free = 0;
            for (int node = 0; node < cluster.nodeCount(); node++) {
                free += cluster.rackId(node) == rack
                                && ledger.freeGpuMask(node) == 0xF
                                && naive.addedW(node, Request.gpus(4, 100, 100)) > 0
                        ? 1
                        : 0;
            }
            int eachW = cluster.powerBasis().fullW(cluster.power(0), 4);
            long left = cluster.rack(rack).powerCapW() - naive.rackW(rack);
            sum += (int) Math.min(free, Math.max(0, left) / eachW);
        }
        // Nodes with tasks that hold no GPUs draw already.
        for (int node = 0; node < cluster.nodeCount(); node++) {
            sum += ledger.freeGpuMask(node) == 0xF && naive.addedW(node, Request.gpus(4, 100, 100)) == 0 ? 1 : 0;
        }
        return sum;
    }

    private static long idleW(Cluster cluster, int rack) {
        long sum = 0;
        for (int node = 0; node < cluster.nodeCount(); node++) {
            NodePower power = cluster.power(node);
            sum += cluster.rackId(node) == rack && power != null ? power.idleW() : 0;
        }
        return sum;
    }
}
