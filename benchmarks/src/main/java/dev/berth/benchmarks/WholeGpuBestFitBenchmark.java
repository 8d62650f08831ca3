package dev.berth.benchmarks;

import dev.berth.ledger.ClaimSpec;
import dev.berth.ledger.Ledger;
import dev.berth.ledger.NodeReading;
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
            Request.gpus(1, 8_000, 65536),
            Request.gpus(1, 8_000, 65536),
            Request.gpus(1, 8_000, 65536),
            Request.gpus(2, 16_000, 131072),
            Request.gpus(2, 16_000, 131072),
            Request.gpus(4, 32_000, 262144),
            Request.gpus(8, 64_000, 524288));

    /** Number of nodes. */
    @Param("4096")
    public int nodes;

    private RunningCluster cluster;
    private Planner planner;
    private Demand[] demands;
    private final Plan plan = new Plan();
    private final ClaimSpec claim = new ClaimSpec();
    private final ClaimSpec held = new ClaimSpec();
    private final NodeReading reading = new NodeReading();
    private final SplittableRandom random = new SplittableRandom(SEED);

    /** Fills the cluster. */
    @Setup(Level.Trial)
    public void fill() {
        cluster = RunningCluster.fill(ClusterFactory.eightGpuNodes(nodes), TASKS);
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

    /** Reads every node: whether it takes claims, its free GPUs, CPU and memory, as the index does. */
    @Benchmark
    public long scan() {
        Ledger ledger = cluster.ledger;
        int task = random.nextInt(cluster.size());
        ledger.release(cluster.handle(task), held);
        Demand demand = demands[cluster.classOf(task)];
        int best = -1;
        int least = Integer.MAX_VALUE;
        for (int node = 0; node < nodes; node++) {
            ledger.read(node, reading);
            int free = Integer.bitCount(reading.freeGpuMask());
            if (free >= demand.wholeGpus()
                    && free < least
                    && reading.allocatable()
                    && reading.cpuFreeMilli() >= demand.cpuMilli()
                    && reading.memoryFreeMib() >= demand.memoryMib()) {
                least = free;
                best = node;
            }
        }
        return claim(task, demand, best);
    }

    /** Looks at the free GPUs of every node and at nothing else: the least that any scan can do. */
    @Benchmark
    public long scanGpusOnly() {
        Ledger ledger = cluster.ledger;
        int task = random.nextInt(cluster.size());
        ledger.release(cluster.handle(task), held);
        Demand demand = demands[cluster.classOf(task)];
        int best = -1;
        int least = Integer.MAX_VALUE;
        for (int node = 0; node < nodes; node++) {
            int free = Integer.bitCount(ledger.freeGpuMask(node));
            if (free >= demand.wholeGpus() && free < least) {
                least = free;
                best = node;
            }
        }
        return claim(task, demand, best);
    }

    private long claim(int task, Demand demand, int node) {
        int mask = cluster.ledger.freeGpuMask(node);
        int chosen = 0;
        for (int k = 0; k < demand.wholeGpus(); k++) {
            chosen |= Integer.lowestOneBit(mask);
            mask &= mask - 1;
        }
        claim.whole(chosen).cpuMilli(demand.cpuMilli()).memoryMib(demand.memoryMib());
        return cluster.replace(task, cluster.ledger.claim(node, claim, Ledger.ANY_VERSION));
    }
}
