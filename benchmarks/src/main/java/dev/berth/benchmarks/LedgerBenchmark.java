package dev.berth.benchmarks;

import dev.berth.ledger.ClaimSpec;
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
 * Claims and releases straight on the ledger, by one and by many threads, each on a random node and on the version that it
 * has just read. A claim that another thread outran is a conflict; it is counted, and the claim is not tried again.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Benchmark)
public class LedgerBenchmark {
    /** One node that all threads want, a rack, a cluster. */
    @Param({"1", "64", "4096"})
    public int nodes;

    private Ledger ledger;

    /** Makes the ledger. */
    @Setup(Level.Iteration)
    public void make() {
        ledger = Ledger.of(ClusterFactory.eightGpuNodes(nodes));
    }

    /** What came of the claims. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Outcome {
        /** Claims that were granted, and released again. */
        public long claimed;
        /** Claims that another thread outran. */
        public long conflicts;

        /** Starts counting. */
        @Setup(Level.Iteration)
        public void reset() {
            claimed = 0;
            conflicts = 0;
        }
    }

    /** Buffers of a thread. */
    @State(Scope.Thread)
    public static class Buffers {
        private final ClaimSpec claim =
                new ClaimSpec().share(0, 10).cpuMilli(100).memoryMib(64);
        private final ClaimSpec held = new ClaimSpec();
    }

    /** One thread. */
    @Benchmark
    @Threads(1)
    public long oneThread(Buffers buffers, Outcome outcome) {
        return claimAndRelease(buffers, outcome);
    }

    /** Two threads. */
    @Benchmark
    @Threads(2)
    public long twoThreads(Buffers buffers, Outcome outcome) {
        return claimAndRelease(buffers, outcome);
    }

    /** As many threads as there are processors. */
    @Benchmark
    @Threads(Threads.MAX)
    public long allThreads(Buffers buffers, Outcome outcome) {
        return claimAndRelease(buffers, outcome);
    }

    /** More threads than a small machine has processors, so that threads are interrupted half-way. */
    @Benchmark
    @Threads(16)
    public long sixteenThreads(Buffers buffers, Outcome outcome) {
        return claimAndRelease(buffers, outcome);
    }

    private long claimAndRelease(Buffers buffers, Outcome outcome) {
        int node = ThreadLocalRandom.current().nextInt(nodes);
        long handle = ledger.claim(node, buffers.claim, ledger.version(node));
        if (handle > 0) {
            outcome.claimed++;
            ledger.release(handle, buffers.held);
        } else {
            outcome.conflicts++;
        }
        return handle;
    }
}
