package dev.berth.placement;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.berth.ledger.ClaimSpec;
import java.lang.management.ManagementFactory;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Placing and releasing allocates nothing once every class has been seen. */
class PlannerAllocationTest {
    private static final int RUNNING = 200;
    private static final int OPERATIONS = 40_000;
    /** The least of several rounds counts: a compilation may allocate in one of them. */
    private static final int ROUNDS = 6;

    static java.util.List<String> policies() {
        return Policies.names();
    }

    @ParameterizedTest
    @MethodSource("policies")
    void steadyStateAllocatesNothing(String policy) {
        PlacementCase world = new PlacementCase(400, 7);
        Planner planner = new Planner(world.ledger, Policies.byName(policy), 7);
        Demand[] demands = PlacementCase.REQUESTS.stream().map(planner::demand).toArray(Demand[]::new);
        SplittableRandom random = new SplittableRandom(7);
        Plan plan = new Plan();
        ClaimSpec held = new ClaimSpec();
        long[] handles = new long[RUNNING];
        NodeSet allowed = world.someNodes(random);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (int i = 0; i < 1000; i++) {
            planner.arrived(demands[i % demands.length]);
        }
        double least = Double.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < OPERATIONS; i++) {
                int slot = random.nextInt(RUNNING);
                if (handles[slot] > 0) {
                    world.ledger.release(handles[slot], held);
                    handles[slot] = 0;
                }
                Demand demand = demands[random.nextInt(demands.length)];
                boolean planned = i % 4 == 0 ? planner.plan(demand, allowed, plan) : planner.plan(demand, plan);
                handles[slot] = planned ? planner.commit(plan) : 0;
            }
            least = Math.min(least, (threads.getCurrentThreadAllocatedBytes() - before) / (double) OPERATIONS);
        }
        assertThat(least).as("bytes per operation").isLessThan(1);
    }
}
