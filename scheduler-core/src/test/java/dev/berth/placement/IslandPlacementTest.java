package dev.berth.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.GpuTopology;
import dev.berth.cluster.NodeSpec;
import dev.berth.ledger.ClaimSpec;
import dev.berth.ledger.Ledger;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Which GPUs of the chosen node a task gets: links decide where the policy is indifferent, and nowhere else. */
final class IslandPlacementTest {
    private static final List<Request> REQUESTS = List.of(
            Request.gpus(1, 1_000, 0),
            Request.gpus(2, 1_000, 0),
            Request.gpus(3, 1_000, 0),
            Request.gpus(4, 1_000, 0),
            Request.gpus(8, 1_000, 0),
            Request.share(250, 1_000, 0),
            Request.share(500, 1_000, 0),
            Request.share(700, 1_000, 0));

    @Test
    void pairsStayWholeWhereTheLowestFreeGpusWouldSplitThem() {
        Side side = new Side(List.of(GpuTopology.pairs(8, 600)), Policies.byName("berth"), 1);
        assertThat(side.gpus(Request.gpus(1, 0, 0))).isEqualTo(0b1);
        assertThat(side.gpus(Request.gpus(2, 0, 0))).isEqualTo(0b1100);
        assertThat(side.gpus(Request.gpus(2, 0, 0))).isEqualTo(0b11_0000);
        assertThat(side.gpus(Request.gpus(1, 0, 0))).isEqualTo(0b10);
        assertThat(side.gpus(Request.gpus(2, 0, 0))).isEqualTo(0b1100_0000);
    }

    @Test
    void theSecondQuadOfADgx1IsTakenWhereTheFirstIsBroken() {
        Side side = new Side(List.of(GpuTopology.hybridCubeMesh()), Policies.byName("berth"), 1);
        assertThat(side.gpus(Request.gpus(1, 0, 0))).isEqualTo(0b1);
        assertThat(side.gpus(Request.gpus(4, 0, 0))).isEqualTo(0xF0);
    }

    @Test
    void aShareOpensAGpuWhosePairIsBrokenAlready() {
        GpuTopology mixed = GpuTopology.builder(4).nvlink(0, 1, 12, 3).build();
        for (String policy : policyNames()) {
            Side side = new Side(List.of(mixed), Policies.byName(policy), 1);
            assertThat(side.gpus(Request.share(600, 0, 0))).as(policy).isEqualTo(0b0100);
            assertThat(side.gpus(Request.share(600, 0, 0))).as(policy).isEqualTo(0b1000);
            assertThat(side.gpus(Request.gpus(2, 0, 0))).as(policy).isEqualTo(0b0011);
        }
    }

    @Test
    void amongEquallyUsedGpusAShareJoinsTheOneWithTheFewestFreeBeside() {
        Side side = new Side(List.of(GpuTopology.pairs(4, 600)), Policies.byName("best-fit"), 1);
        List<Integer> opened = new ArrayList<>();
        for (int share = 0; share < 4; share++) {
            opened.add(side.gpus(Request.share(600, 0, 0)));
        }
        // The broken pair first.
        assertThat(opened).containsExactly(0b0001, 0b0010, 0b0100, 0b1000);
        side.release(1);
        // 0, 2 and 3 have 400 each; 1 is free, so that 0 is left to become free as well.
        assertThat(side.gpus(Request.share(400, 0, 0))).isEqualTo(0b0100);
    }

    @Provide
    Arbitrary<String> policies() {
        return Arbitraries.of(policyNames());
    }

    private static List<String> policyNames() {
        return Policies.names().stream().filter(name -> !name.equals("random")).toList();
    }

    @Property(tries = 150)
    void linksChangeNeitherTheNodeNorHowFreeTheGpuOfAShareIs(
            @ForAll("policies") String policy, @ForAll @IntRange(min = 1, max = 6) int nodes, @ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<GpuTopology> links = new ArrayList<>();
        List<GpuTopology> none = new ArrayList<>();
        for (int node = 0; node < nodes; node++) {
            GpuTopology topology = switch (random.nextInt(5)) {
                case 0 -> GpuTopology.pairs(8, 600);
                case 1 -> GpuTopology.hybridCubeMesh();
                case 2 -> GpuTopology.halves(8, 600);
                case 3 -> GpuTopology.nvswitch(4, 900);
                default -> GpuTopology.pairs(5, 600);
            };
            links.add(topology);
            none.add(GpuTopology.none(topology.gpuCount()));
        }
        Side linked = new Side(links, Policies.byName(policy), seed);
        Side plain = new Side(none, Policies.byName(policy), seed);
        for (int step = 0; step < 60; step++) {
            if (random.nextInt(3) == 0 && !linked.handles.isEmpty()) {
                int which = random.nextInt(linked.handles.size());
                linked.release(which);
                plain.release(which);
                continue;
            }
            Request request = REQUESTS.get(random.nextInt(REQUESTS.size()));
            boolean planned = linked.plan(request);
            assertThat(plain.plan(request)).isEqualTo(planned);
            if (!planned) {
                continue;
            }
            int node = linked.plan.node();
            assertThat(plain.plan.node()).isEqualTo(node);
            if (request.gpus() instanceof GpuDemand.Whole whole) {
                int free = linked.planner.view().freeGpuMask(node);
                assertThat(linked.plan.gpuMask()).isEqualTo(links.get(node).bestMask(free, whole.count()));
            } else {
                View view = linked.planner.view();
                assertThat(view.gpuFreeMilli(node, linked.plan.claim().gpu()))
                        .isEqualTo(view.gpuFreeMilli(node, plain.plan.claim().gpu()));
            }
            // Both go on from the same GPUs.
            linked.claim(linked.plan.claim());
            plain.claim(linked.plan.claim());
        }
    }

    /** A cluster of one node for each topology, and its planner. */
    private static final class Side {
        final Planner planner;
        final Plan plan = new Plan();
        final List<Long> handles = new ArrayList<>();

        Side(List<GpuTopology> topologies, Policy policy, long seed) {
            Cluster.Builder builder = Cluster.builder();
            for (int n = 0; n < topologies.size(); n++) {
                GpuTopology topology = topologies.get(n);
                builder.add(NodeSpec.named("n" + n)
                        .gpus("X", topology.gpuCount(), 0)
                        .gpuTopology(topology)
                        .cpuMilli(64_000)
                        .build());
            }
            planner = new Planner(Ledger.of(builder.build()), policy, seed);
        }

        boolean plan(Request request) {
            Demand demand = planner.demand(request);
            planner.arrived(demand);
            return planner.plan(demand, plan);
        }

        void claim(ClaimSpec claim) {
            long handle = planner.ledger().claim(plan.node(), claim, Ledger.ANY_VERSION);
            assertThat(handle).isPositive();
            handles.add(handle);
        }

        /** Places a task that fits; its GPUs. */
        int gpus(Request request) {
            assertThat(plan(request)).isTrue();
            claim(plan.claim());
            return request.gpus() instanceof GpuDemand.Share ? 1 << plan.claim().gpu() : plan.gpuMask();
        }

        void release(int which) {
            assertThat(planner.ledger().release(handles.remove(which))).isTrue();
        }
    }
}
