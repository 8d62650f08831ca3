package dev.berth.benchmarks;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.NodeSpec;
import dev.berth.ledger.ClaimSpec;
import dev.berth.ledger.Ledger;
import dev.berth.placement.Demand;
import dev.berth.placement.Plan;
import dev.berth.placement.Planner;
import dev.berth.placement.Policies;
import dev.berth.placement.Request;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Best fit of whole GPUs on 8-GPU nodes, nine tenths full: one task leaves, one of the same class is placed. Through the index
 * against a linear scan over the same ledger.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class WholeGpuBestFitBenchmark {
    private static final int SEED = 7;
    private static final List<Request> TASKS = List.of(
            Request.gpus(1, 0, 0),
            Request.gpus(1, 0, 0),
            Request.gpus(1, 0, 0),
            Request.gpus(2, 0, 0),
            Request.gpus(2, 0, 0),
            Request.gpus(4, 0, 0),
            Request.gpus(8, 0, 0));

    /** Number of nodes. */
    @Param("4096")
    public int nodes;

    private RunningCluster cluster;
    private Planner planner;
    private Demand[] demands;
    private final Plan plan = new Plan();
    private final ClaimSpec claim = new ClaimSpec();
    private final ClaimSpec held = new ClaimSpec();
    private final SplittableRandom random = new SplittableRandom(SEED);

    /** Fills the cluster. */
    @Setup(Level.Trial)
    public void fill() {
        Cluster.Builder builder = Cluster.builder();
        for (int node = 0; node < nodes; node++) {
            builder.add(NodeSpec.named("node-" + node)
                    .gpus("H100-SXM5-80GB", 8, 81_559)
                    .build());
        }
        cluster = RunningCluster.fill(builder.build(), TASKS);
        planner = new Planner(cluster.ledger, Policies.byName("best-fit"), SEED);
        demands = cluster.classes.stream().map(planner::demand).toArray(Demand[]::new);
    }

    /** Through the index. */
    @Benchmark
    public long index() {
        int task = random.nextInt(cluster.size());
        cluster.ledger.release(cluster.handle(task), held);
        planner.plan(demands[cluster.classOf(task)], plan);
        long handle = planner.commit(plan);
        cluster.replace(task, handle);
        return handle;
    }

    /** One look at every node's free GPUs. */
    @Benchmark
    public long scan() {
        Ledger ledger = cluster.ledger;
        int task = random.nextInt(cluster.size());
        ledger.release(cluster.handle(task), held);
        int gpus = demands[cluster.classOf(task)].wholeGpus();
        int best = -1;
        int least = Integer.MAX_VALUE;
        for (int node = 0; node < nodes; node++) {
            int free = Integer.bitCount(ledger.freeGpuMask(node));
            if (free >= gpus && free < least) {
                least = free;
                best = node;
            }
        }
        int mask = ledger.freeGpuMask(best);
        int chosen = 0;
        for (int k = 0; k < gpus; k++) {
            chosen |= Integer.lowestOneBit(mask);
            mask &= mask - 1;
        }
        long handle = ledger.claim(best, claim.whole(chosen), Ledger.ANY_VERSION);
        cluster.replace(task, handle);
        return handle;
    }
}
