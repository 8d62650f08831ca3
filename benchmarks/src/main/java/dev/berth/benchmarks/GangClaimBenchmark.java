package dev.berth.benchmarks;

import dev.berth.ledger.ClaimSpec;
import dev.berth.ledger.GangClaim;
import dev.berth.ledger.Ledger;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
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
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Gangs of whole nodes, claimed at once and released task by task, straight on a ledger of 4,096 nodes: what all-or-nothing costs beside as
 * many claims of single nodes, alone and when gangs of other threads are in the way.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Benchmark)
public class GangClaimBenchmark {
    private static final int NODES = 4096;

    /** Tasks, each on a node of its own. */
    @Param({"1", "8", "64"})
    public int tasks;

    private Ledger ledger;

    /** Makes the ledger. */
    @Setup(Level.Iteration)
    public void make() {
        ledger = Ledger.of(ClusterFactory.eightGpuNodes(NODES));
    }

    /** Buffers of a thread. */
    @State(Scope.Thread)
    public static class Buffers {
        private final GangClaim gang = new GangClaim();
        private final ClaimSpec task = new ClaimSpec().whole(0xFF).cpuMilli(96_000);
        private final ClaimSpec held = new ClaimSpec();
        private final long[] handles = new long[64];
    }

    /** What came of the gangs. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Outcome {
        /** Gangs that were granted, and released again. */
        public long claimed;
        /** Gangs that had no room because of another thread's. */
        public long refused;

        /** Starts counting. */
        @Setup(Level.Iteration)
        public void reset() {
            claimed = 0;
            refused = 0;
        }
    }

    /** One gang, nobody in the way. */
    @Benchmark
    @Threads(1)
    public long gang(Buffers buffers, Outcome outcome) {
        return claimAndRelease(buffers, outcome, ThreadLocalRandom.current().nextInt(NODES - tasks));
    }

    /** The same tasks one by one, which is not all or nothing. */
    @Benchmark
    @Threads(1)
    public long oneByOne(Buffers buffers) {
        int first = ThreadLocalRandom.current().nextInt(NODES - tasks);
        for (int task = 0; task < tasks; task++) {
            buffers.handles[task] = ledger.claim(first + task, buffers.task, ledger.version(first + task));
        }
        for (int task = 0; task < tasks; task++) {
            ledger.release(buffers.handles[task], buffers.held);
        }
        return buffers.handles[0];
    }

    /** Four threads whose gangs overlap within 256 nodes. */
    @Benchmark
    @Threads(4)
    public long fourThreads(Buffers buffers, Outcome outcome) {
        return claimAndRelease(buffers, outcome, ThreadLocalRandom.current().nextInt(256 - tasks));
    }

    private long claimAndRelease(Buffers buffers, Outcome outcome, int first) {
        GangClaim gang = buffers.gang.clear();
        for (int task = 0; task < tasks; task++) {
            gang.add(first + task, Ledger.ANY_VERSION, buffers.task);
        }
        long answer = ledger.claim(gang);
        if (answer == 0) {
            outcome.claimed++;
            for (int task = 0; task < tasks; task++) {
                ledger.release(gang.handle(task), buffers.held);
            }
        } else {
            outcome.refused++;
        }
        return answer;
    }
}
