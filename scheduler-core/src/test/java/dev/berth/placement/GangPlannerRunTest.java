package dev.berth.placement;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.berth.cluster.Cluster;
import dev.berth.cluster.FabricSwitch;
import dev.berth.cluster.GpuTopology;
import dev.berth.cluster.NodeSpec;
import dev.berth.ledger.ClaimSpec;
import dev.berth.ledger.Ledger;
import dev.berth.ledger.Ledgers;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Gangs that come and go for a while: what is allocated, what stays true, and what two planners do to each other. */
class GangPlannerRunTest {
    private static final int NODES = 64;
    private static final List<GangRequest> REQUESTS = List.of(
            GangRequest.of(Request.gpus(8, 0, 0), 1).build(),
            GangRequest.of(Request.gpus(8, 0, 0), 4).build(),
            GangRequest.of(Request.gpus(2, 0, 0), 3).build(),
            GangRequest.of(Request.gpus(1, 0, 0), 12).within("leaf").build(),
            GangRequest.elastic(Request.gpus(4, 0, 0), 2, 6).build(),
            GangRequest.of(Request.gpus(4, 0, 0), 4).segments(2, "leaf").build(),
            GangRequest.of(Request.share(300, 0, 0), 5).build(),
            GangRequest.of(Request.gpus(4, 0, 0), 4).sameModel().build(),
            GangRequest.of(Request.gpus(2, 0, 0), 4).spreadOver("leaf", 2).build());

    private static Ledger ledger() {
        Cluster.Builder builder = Cluster.builder();
        for (int i = 0; i < NODES; i++) {
            int leaf = i / 8;
            if (i % 32 == 0) {
                builder.add(new FabricSwitch("spine-" + i / 32, "spine", null, 0));
            }
            if (i % 8 == 0) {
                builder.add(new FabricSwitch("leaf-" + leaf, "leaf", "spine-" + i / 32, 0));
            }
            builder.add(NodeSpec.named("n" + i)
                    .gpus(i % 16 == 3 ? "A100" : "H100", 8, 81_559)
                    .gpuTopology(leaf == 3 ? GpuTopology.halves(8, 300) : GpuTopology.nvswitch(8, 450))
                    .fabricSwitch("leaf-" + leaf)
                    .build());
        }
        return Ledgers.of(builder.build());
    }

    /** Gangs in slots; each step empties a slot or fills it. */
    private static final class Run {
        private final Ledger ledger;
        private final GangPlanner planner;
        private final GangDemand[] demands;
        private final SplittableRandom random;
        private final GangPlan plan = new GangPlan();
        private final ClaimSpec held = new ClaimSpec();
        private final long[][] handles = new long[24][16];
        private final int[] sizes = new int[24];

        Run(Ledger ledger, long seed) {
            this.ledger = ledger;
            planner = new GangPlanner(new Planner(ledger, Policies.byName("best-fit"), seed));
            demands = REQUESTS.stream().map(planner::demand).toArray(GangDemand[]::new);
            random = new SplittableRandom(seed);
        }

        void step() {
            int slot = random.nextInt(sizes.length);
            if (sizes[slot] > 0) {
                empty(slot);
                return;
            }
            if (planner.plan(demands[random.nextInt(demands.length)], plan)) {
                long answer = planner.commit(plan);
                // On the versions that were planned on nothing else can go wrong.
                if (answer != 0 && answer != Ledger.LOST_RACE) {
                    throw new AssertionError("commit answered " + answer);
                }
                if (answer == 0) {
                    sizes[slot] = plan.tasks();
                    for (int rank = 0; rank < plan.tasks(); rank++) {
                        handles[slot][rank] = plan.handle(rank);
                    }
                }
            }
        }

        private void empty(int slot) {
            for (int rank = 0; rank < sizes[slot]; rank++) {
                if (!ledger.release(handles[slot][rank], held)) {
                    throw new AssertionError("a member's claim was not live");
                }
            }
            sizes[slot] = 0;
        }
    }

    @Test
    void steadyStateAllocatesNothing() {
        Run run = new Run(ledger(), 7);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        double least = Double.MAX_VALUE;
        for (int round = 0; round < 6; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 10_000; i++) {
                run.step();
            }
            least = Math.min(least, (threads.getCurrentThreadAllocatedBytes() - before) / 10_000.0);
        }
        assertThat(least).as("bytes per step").isLessThan(1);
    }

    @Test
    void twoPlannersLoseRacesAndNothingElse() throws Exception {
        Ledger ledger = ledger();
        List<Run> runs = List.of(new Run(ledger, 1), new Run(ledger, 2));
        ExecutorService threads = Executors.newFixedThreadPool(runs.size());
        try {
            List<Future<?>> all = new ArrayList<>();
            for (Run run : runs) {
                all.add(threads.submit(() -> {
                    for (int i = 0; i < 20_000; i++) {
                        run.step();
                    }
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        } finally {
            threads.shutdownNow();
        }
        // At rest, both see the same cluster and find the same room as a planner that has just been made.
        for (Run run : runs) {
            GangPlanner fresh = new GangPlanner(new Planner(ledger, Policies.byName("best-fit"), 3));
            for (GangRequest request : REQUESTS) {
                GangPlan other = new GangPlan();
                boolean fits = fresh.plan(fresh.demand(request), other);
                assertThat(run.planner.plan(run.planner.demand(request), run.plan))
                        .isEqualTo(fits);
                if (fits) {
                    assertThat(run.plan.tier()).isEqualTo(other.tier());
                    assertThat(run.plan.tasks()).isEqualTo(other.tasks());
                }
            }
        }
    }
}
