package dev.berth.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.ledger.Ledger;
import dev.berth.ledger.LedgerSnapshot;
import dev.berth.ledger.NodeReading;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Planners in threads of their own, and a writer that knows none of them. */
class PlannerConcurrencyTest {
    private static final int STEPS = 2_000;
    private static final List<String> POLICIES = List.of("best-fit", "gpu-packing", "fgd", "first-fit");

    @Property(tries = 60)
    void noChangeIsLost(@ForAll @IntRange(min = 1, max = 300) int nodes, @ForAll long seed) throws Exception {
        PlacementCase world = new PlacementCase(nodes, seed);
        List<PlannerThread> planners = List.of(new PlannerThread(world, seed), new PlannerThread(world, seed + 1));
        CountDownLatch start = new CountDownLatch(1);
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try {
            List<Future<?>> all = new ArrayList<>();
            all.add(threads.submit(() -> write(world, start, seed)));
            for (PlannerThread planner : planners) {
                all.add(threads.submit(() -> planner.run(start)));
            }
            start.countDown();
            for (Future<?> one : all) {
                one.get();
            }
        } finally {
            threads.shutdownNow();
        }
        // Now that nobody writes, every planner must see what there is and decide as one that reads all of it.
        NodeReading reading = new NodeReading();
        for (PlannerThread planner : planners) {
            View view = planner.planner.view();
            for (int node = 0; node < nodes; node++) {
                world.ledger.read(node, reading);
                assertThat(view.version(node)).as("version of node %d", node).isEqualTo(reading.version());
                assertThat(view.cpuFreeMilli(node)).isEqualTo(reading.cpuFreeMilli());
                assertThat(view.freeGpuMask(node)).isEqualTo(reading.freeGpuMask());
            }
            planner.check();
        }
        LedgerSnapshot snapshot = world.ledger.snapshot();
        assertThat(snapshot.pointInTime()).isTrue();
        planners.forEach(PlannerThread::releaseAll);
    }

    private static Object write(PlacementCase world, CountDownLatch start, long seed) throws InterruptedException {
        SplittableRandom random = new SplittableRandom(~seed);
        List<Long> handles = new ArrayList<>();
        start.await();
        for (int step = 0; step < STEPS; step++) {
            world.outside(random, handles);
        }
        return handles;
    }

    private static final class PlannerThread {
        private final PlacementCase world;
        private final Policy policy;
        private final long seed;
        private final Planner planner;
        private final List<Long> handles = new ArrayList<>();

        PlannerThread(PlacementCase world, long seed) {
            this.world = world;
            this.seed = seed;
            String name = POLICIES.get((int) Math.floorMod(seed, (long) POLICIES.size()));
            policy = name.equals("fgd")
                    ? FragmentationGradientPolicy.of(TypicalWorkload.of(PlacementCase.REQUESTS))
                    : Policies.byName(name);
            planner = new Planner(world.ledger, policy, seed);
        }

        Object run(CountDownLatch start) throws InterruptedException {
            SplittableRandom random = new SplittableRandom(seed);
            Plan plan = new Plan();
            start.await();
            for (int step = 0; step < STEPS; step++) {
                Request request = PlacementCase.REQUESTS.get(random.nextInt(PlacementCase.REQUESTS.size()));
                if (random.nextInt(3) == 0 && !handles.isEmpty()) {
                    assertThat(world.ledger.release(handles.remove(random.nextInt(handles.size()))))
                            .isTrue();
                } else if (planner.plan(planner.demand(request), plan)) {
                    long handle = planner.commit(plan);
                    // On the version that was planned on nothing else can go wrong.
                    assertThat(handle > 0 || handle == Ledger.LOST_RACE)
                            .as("%s: %d", plan.claim(), handle)
                            .isTrue();
                    if (handle > 0) {
                        handles.add(handle);
                    }
                }
            }
            return handles;
        }

        void check() {
            NaivePlanner oracle = new NaivePlanner(world.ledger, policy, seed);
            Plan plan = new Plan();
            for (Request request : PlacementCase.REQUESTS) {
                int node = planner.plan(planner.demand(request), plan) ? plan.node() : -1;
                assertThat(node).as("%s", request).isEqualTo(oracle.plan(request, null));
            }
        }

        void releaseAll() {
            for (long handle : handles) {
                assertThat(world.ledger.release(handle)).isTrue();
            }
        }
    }
}
