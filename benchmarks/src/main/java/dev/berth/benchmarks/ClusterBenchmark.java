package dev.berth.benchmarks;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.NodeSpec;
import dev.berth.ledger.Ledger;
import dev.berth.ledger.LedgerSnapshot;
import java.util.ArrayList;
import java.util.List;
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

/** What is done once per cluster, and the snapshot. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "-Xmx4g")
public class ClusterBenchmark {

    /** The machines, described. */
    @State(Scope.Benchmark)
    public static class Described {
        /** Number of nodes. */
        @Param("100000")
        public int described;

        private List<NodeSpec> specs = List.of();
        private Cluster cluster;

        /** Describes them. */
        @Setup(Level.Trial)
        public void describe() {
            cluster = ClusterFactory.cluster(described);
            specs = new ArrayList<>();
            for (int node = 0; node < described; node++) {
                specs.add(cluster.spec(node));
            }
        }
    }

    /** A cluster that runs. */
    @State(Scope.Benchmark)
    public static class Filled {
        /** The openb list once, ten and a hundred times. */
        @Param({"1213", "12130", "121300"})
        public int nodes;

        private RunningCluster cluster;

        /** Fills it. */
        @Setup(Level.Trial)
        public void fill() {
            cluster = RunningCluster.fill(ClusterFactory.cluster(nodes), ClusterFactory.tasks());
        }
    }

    /** From descriptions to a cluster. */
    @Benchmark
    public Cluster buildCluster(Described described) {
        Cluster.Builder builder = Cluster.builder();
        for (NodeSpec spec : described.specs) {
            builder.add(spec);
        }
        return builder.build();
    }

    /** From a cluster to an empty ledger. */
    @Benchmark
    public Ledger buildLedger(Described described) {
        return Ledger.of(described.cluster);
    }

    /** A snapshot of a ledger that nobody writes to meanwhile. */
    @Benchmark
    public LedgerSnapshot snapshot(Filled filled) {
        return filled.cluster.ledger.snapshot();
    }
}
