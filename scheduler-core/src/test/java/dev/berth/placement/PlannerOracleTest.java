package dev.berth.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.ledger.ClaimSpec;
import dev.berth.ledger.LedgerSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;

/** The planner against one that reads every node for every task, while others write to the same ledger. */
class PlannerOracleTest {
    private static final int STEPS = 120;

    @Provide
    Arbitrary<Policy> policies() {
        List<Policy> all = new ArrayList<>();
        for (String name : Policies.names()) {
            if (!name.equals("random")) {
                all.add(Policies.byName(name));
            }
        }
        all.add(FragmentationGradientPolicy.of(TypicalWorkload.of(PlacementCase.REQUESTS)));
        all.add(new MoodyPolicy());
        return Arbitraries.of(all);
    }

    @Property(tries = 250)
    void plansWhatAFullScanPlans(
            @ForAll("policies") Policy policy,
            @ForAll("policies") Policy other,
            @ForAll @IntRange(min = 1, max = 60) int nodes,
            @ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        PlacementCase world = new PlacementCase(nodes, seed);
        Pair first = new Pair(world, policy, seed);
        Pair second = new Pair(world, other, seed + 1);
        List<Request> requests = PlacementCase.requests(1 + random.nextInt(20), random);
        List<Long> handles = new ArrayList<>();
        for (int step = 0; step < STEPS; step++) {
            Request request = requests.get(random.nextInt(requests.size()));
            Pair pair = random.nextInt(4) == 0 ? second : first;
            switch (random.nextInt(8)) {
                case 0 -> world.outside(random, handles);
                case 1, 2 -> world.releaseOne(random, handles);
                case 3 -> pair.place(request, world.someNodes(random), handles);
                default -> pair.place(request, null, handles);
            }
        }
    }

    /** Most nodes that change become what they were, and keys may change meanwhile. */
    @Property(tries = 150)
    void plansWhatAFullScanPlansWhileTasksLeaveAndComeBack(
            @ForAll("policies") Policy policy, @ForAll @IntRange(min = 1, max = 25) int nodes, @ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        PlacementCase world = new PlacementCase(nodes, seed);
        Pair pair = new Pair(world, policy, seed);
        List<Request> requests = PlacementCase.requests(1 + random.nextInt(6), random);
        List<Long> handles = new ArrayList<>();
        for (int step = 0; step < STEPS; step++) {
            if (handles.size() < 2 * nodes) {
                pair.place(requests.get(random.nextInt(requests.size())), null, handles);
            }
            if (handles.isEmpty()) {
                continue;
            }
            int leaving = random.nextInt(handles.size());
            ClaimSpec held = new ClaimSpec();
            int node = dev.berth.ledger.Ledger.nodeOf(handles.get(leaving));
            assertThat(world.ledger.release(handles.get(leaving), held)).isTrue();
            for (int arrivals = random.nextInt(5); arrivals > 0; arrivals--) {
                pair.plan(requests.get(random.nextInt(requests.size())));
            }
            long back = world.ledger.claim(node, held, dev.berth.ledger.Ledger.ANY_VERSION);
            if (back > 0) {
                handles.set(leaving, back);
            } else {
                handles.remove(leaving);
            }
        }
    }

    /** A planner and its oracle. */
    private static final class Pair {
        private final PlacementCase world;
        private final Planner planner;
        private final NaivePlanner oracle;
        private final Plan plan = new Plan();

        Pair(PlacementCase world, Policy policy, long seed) {
            this.world = world;
            planner = new Planner(world.ledger, policy, seed);
            oracle = new NaivePlanner(world.ledger, policy, seed);
        }

        boolean plan(Request request) {
            return plan(request, null);
        }

        private boolean plan(Request request, @Nullable NodeSet allowed) {
            Demand demand = planner.demand(request);
            planner.arrived(demand);
            oracle.arrived(request);
            boolean planned = allowed == null ? planner.plan(demand, plan) : planner.plan(demand, allowed, plan);
            assertThat(planned ? plan.node() : -1).isEqualTo(oracle.plan(request, allowed));
            return planned;
        }

        void place(Request request, @Nullable NodeSet allowed, List<Long> handles) {
            if (!plan(request, allowed)) {
                return;
            }
            int node = plan.node();
            assertThat(plan.key()).isEqualTo(oracle.key(node, request));
            assertThat(plan.version()).isEqualTo(world.ledger.version(node));
            checkGpus(node, request);
            long handle = planner.commit(plan);
            assertThat(handle).as("%s on %s", request, plan.claim()).isPositive();
            ClaimSpec held = new ClaimSpec();
            assertThat(world.ledger.claimOf(handle, held)).isTrue();
            assertThat(world.holding(held)).isEqualTo(world.holding(plan.claim()));
            assertThat(planner.commit(plan)).isEqualTo(dev.berth.ledger.Ledger.LOST_RACE);
            handles.add(handle);
        }

        private void checkGpus(int node, Request request) {
            ClaimSpec claim = plan.claim();
            assertThat(claim.cpuMilli()).isEqualTo(request.cpuMilli());
            assertThat(claim.memoryMib()).isEqualTo(request.memoryMib());
            List<String> names = world.cluster.countedNames();
            for (int r = 0; r < names.size(); r++) {
                assertThat(claim.counted(r)).isEqualTo(request.counted().getOrDefault(names.get(r), 0L));
            }
            if (request.gpus() instanceof GpuDemand.Whole whole) {
                assertThat(claim.kind()).isEqualTo(ClaimSpec.Kind.WHOLE);
                assertThat(Integer.bitCount(claim.gpuMask())).isEqualTo(whole.count());
            } else if (request.gpus() instanceof GpuDemand.Share share) {
                assertThat(claim.shareMilli()).isEqualTo(share.milli());
                assertThat(claim.gpu()).isEqualTo(oracle.gpuForShare(node, request));
            } else if (request.gpus() instanceof GpuDemand.Mig mig) {
                assertThat(claim.kind()).isEqualTo(ClaimSpec.Kind.MIG);
                assertThat(claim.migProfile())
                        .isEqualTo(world.cluster.migGeometry(node).profileIndex(mig.profile()));
            } else {
                assertThat(claim.kind()).isEqualTo(ClaimSpec.Kind.NONE);
            }
        }
    }

    /** Index superset law, and more: no key in any index differs from what the ledger says now. */
    @Property(tries = 250)
    void everyKeyIsWhatTheLedgerSaysNow(
            @ForAll("policies") Policy policy, @ForAll @IntRange(min = 1, max = 80) int nodes, @ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        PlacementCase world = new PlacementCase(nodes, seed);
        int[] order = Engine.order(nodes, seed);
        Engine engine = new Engine(world.ledger, policy, order);
        NaivePlanner oracle = new NaivePlanner(world.ledger, policy, seed);
        // More classes than a table has columns, or than the budget has indexes.
        List<Request> requests = PlacementCase.requests(random.nextInt(4) == 0 ? 100 : 6, random);
        IndexCache indexes = new IndexCache(engine, random.nextBoolean() ? 0 : 1 << 20);
        List<Long> handles = new ArrayList<>();
        for (int step = 0; step < STEPS; step++) {
            // Sometimes so many changes that classes are dropped.
            int changes = random.nextInt(40) == 0 ? 1600 : random.nextInt(6);
            for (int i = 0; i < changes; i++) {
                world.outside(random, handles);
                if (random.nextInt(4) == 0) {
                    engine.refresh();
                }
            }
            Request request = requests.get(random.nextInt(requests.size()));
            Demand demand = new Demand(requests.indexOf(request), request, world.cluster);
            engine.refresh();
            ClassIndex index = indexes.get(demand);
            oracle.refresh();
            long best = index.best();
            int node = oracle.plan(request, null);
            assertThat(best == ClassTable.NOWHERE ? -1 : order[ClassTable.position(best)])
                    .isEqualTo(node);
            assertThat((int) ClassTable.key(best)).isEqualTo(node < 0 ? ScoreTrees.NONE : oracle.key(node, request));
            if (random.nextBoolean()) {
                continue;
            }
            index.takeOverYoung();
            for (int position = 0; position < nodes; position++) {
                assertThat((int) index.key(position))
                        .as("%s on node %d", request, order[position])
                        .isEqualTo(oracle.keyOrNone(order[position], request));
            }
        }
    }

    @Property(tries = 250)
    void releaseRestores(
            @ForAll("policies") Policy policy, @ForAll @IntRange(min = 1, max = 60) int nodes, @ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        PlacementCase world = new PlacementCase(nodes, seed);
        Planner planner = new Planner(world.ledger, policy, seed);
        List<Request> requests = PlacementCase.requests(8, random);
        Plan plan = new Plan();
        Plan again = new Plan();
        List<Long> handles = new ArrayList<>();
        for (int step = 0; step < STEPS; step++) {
            if (random.nextInt(3) == 0) {
                world.outside(random, handles);
            }
            Demand demand = planner.demand(requests.get(random.nextInt(requests.size())));
            if (!planner.plan(demand, plan)) {
                continue;
            }
            if (random.nextInt(2) == 0) {
                handles.add(planner.commit(plan));
                continue;
            }
            LedgerSnapshot before = world.ledger.snapshot();
            assertThat(world.ledger.release(planner.commit(plan))).isTrue();
            LedgerSnapshot after = world.ledger.snapshot();
            assertThat(after.sameHoldings(before)).isTrue();
            assertThat(LedgerSnapshot.diff(before, after)).isEmpty();
            assertThat(planner.plan(demand, again)).isTrue();
            assertThat(again.node()).isEqualTo(plan.node());
            assertThat(again.key()).isEqualTo(plan.key());
            assertThat(world.holding(again.claim())).isEqualTo(world.holding(plan.claim()));
            assertThat(again.version()).isGreaterThan(plan.version());
        }
    }

    /** Random placement repeats itself, and stays within what fits and is allowed. */
    @Property(tries = 100)
    void lotsFallOnlyOnNodesThatFit(@ForAll @IntRange(min = 1, max = 200) int nodes, @ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        PlacementCase world = new PlacementCase(nodes, seed);
        Policy policy = Policies.random(seed);
        Planner planner = new Planner(world.ledger, policy, seed);
        NaivePlanner oracle = new NaivePlanner(world.ledger, policy, seed);
        List<Request> requests = PlacementCase.requests(8, random);
        Plan plan = new Plan();
        List<Long> handles = new ArrayList<>();
        for (int step = 0; step < STEPS; step++) {
            world.outside(random, handles);
            Request request = requests.get(random.nextInt(requests.size()));
            NodeSet allowed = random.nextBoolean() ? world.someNodes(random) : null;
            Demand demand = planner.demand(request);
            boolean planned = allowed == null ? planner.plan(demand, plan) : planner.plan(demand, allowed, plan);
            assertThat(planned).isEqualTo(oracle.plan(request, allowed) >= 0);
            if (planned) {
                assertThat(oracle.fits(plan.node(), request)).isTrue();
                assertThat(allowed == null || allowed.contains(plan.node())).isTrue();
                handles.add(planner.commit(plan));
                assertThat(handles.get(handles.size() - 1)).isPositive();
            }
        }
    }

    /** A budget that holds few indexes decides as one that holds them all. */
    @Property(tries = 60)
    void aTinyBudgetDecidesTheSame(
            @ForAll("policies") Policy policy, @ForAll @IntRange(min = 1, max = 60) int nodes, @ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        PlacementCase world = new PlacementCase(nodes, seed);
        Planner ample = new Planner(world.ledger, policy, seed);
        Planner tiny = new Planner(world.ledger, policy, new Planner.Options(seed, null, 0));
        Plan expected = new Plan();
        Plan plan = new Plan();
        List<Long> handles = new ArrayList<>();
        for (int step = 0; step < 3 * STEPS; step++) {
            if (random.nextInt(3) == 0) {
                world.outside(random, handles);
            }
            Request request = PlacementCase.REQUESTS.get(random.nextInt(PlacementCase.REQUESTS.size()));
            ample.arrived(ample.demand(request));
            tiny.arrived(tiny.demand(request));
            boolean planned = ample.plan(ample.demand(request), expected);
            assertThat(tiny.plan(tiny.demand(request), plan)).isEqualTo(planned);
            if (planned) {
                assertThat(plan.node()).isEqualTo(expected.node());
                assertThat(plan.key()).isEqualTo(expected.key());
                assertThat(world.holding(plan.claim())).isEqualTo(world.holding(expected.claim()));
                handles.add(tiny.commit(plan));
            }
        }
    }
}
