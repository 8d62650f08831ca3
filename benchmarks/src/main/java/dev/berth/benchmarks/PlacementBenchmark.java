package dev.berth.benchmarks;

import dev.berth.ledger.ClaimSpec;
import dev.berth.ledger.Ledger;
import dev.berth.placement.Demand;
import dev.berth.placement.ExpectedFillPolicy;
import dev.berth.placement.FragmentationGradientPolicy;
import dev.berth.placement.Plan;
import dev.berth.placement.Planner;
import dev.berth.placement.Policies;
import dev.berth.placement.Policy;
import dev.berth.placement.Request;
import dev.berth.placement.TypicalWorkload;
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
 * One task leaves and one of the same class arrives and is placed, in a cluster whose GPUs are nine tenths full. Policies that
 * learn are given the workload, so that no rebuild of their tables falls into the figure.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(
        value = 1,
        jvmArgsAppend = {"-Xmx4g", "-XX:+UseTransparentHugePages"})
@State(Scope.Thread)
public class PlacementBenchmark {
    private static final int SEED = 7;
    /** How often each task has been replaced before anything is measured, or a large cluster would be measured on its way there. */
    private static final int TURNOVERS = 3;

    /** Name of the policy. */
    @Param({"berth", "fill", "fgd", "best-fit", "first-fit", "dot-product", "gpu-packing", "gpu-clustering"})
    public String policy = "";

    /** The openb list once, ten and a hundred times. */
    @Param({"1213", "12130", "121300"})
    public int nodes;

    private RunningCluster cluster;
    private Policy scored;
    private final ClaimSpec held = new ClaimSpec();
    private final SplittableRandom random = new SplittableRandom(SEED);

    private void fill() {
        List<Request> tasks = ClusterFactory.tasks();
        cluster = RunningCluster.fill(ClusterFactory.cluster(nodes), tasks);
        TypicalWorkload typical = TypicalWorkload.of(tasks);
        scored = switch (policy) {
            case "berth" -> ExpectedFillPolicy.berth().withTypical(typical);
            case "fill" -> ExpectedFillPolicy.fill().withTypical(typical);
            case "fgd" -> FragmentationGradientPolicy.of(typical);
            default -> Policies.byName(policy);
        };
    }

    /** Through the index. */
    @State(Scope.Thread)
    public static class Indexed {
        private final Plan plan = new Plan();
        private PlacementBenchmark of;
        private Planner planner;
        private Demand[] demands;

        /** Fills the cluster, has every class asked for, and lets the policy's own placements take the place of first-fit's. */
        @Setup(Level.Trial)
        public void prepare(PlacementBenchmark benchmark) {
            of = benchmark;
            of.fill();
            planner = new Planner(of.cluster.ledger, of.scored, SEED);
            demands = of.cluster.classes.stream().map(planner::demand).toArray(Demand[]::new);
            for (Demand demand : demands) {
                planner.plan(demand, plan);
            }
            for (int i = TURNOVERS * of.cluster.size(); i > 0; i--) {
                leaveAndArrive();
            }
        }

        private long leaveAndArrive() {
            RunningCluster cluster = of.cluster;
            int task = of.random.nextInt(cluster.size());
            cluster.ledger.release(cluster.handle(task), of.held);
            Demand demand = demands[cluster.classOf(task)];
            planner.arrived(demand);
            planner.plan(demand, plan);
            return cluster.replace(task, planner.commit(plan));
        }
    }

    /** Without the index. */
    @State(Scope.Thread)
    public static class Scanned {
        private PlacementBenchmark of;
        private FullScan scan;
        private Demand[] demands;

        /** Fills the cluster. */
        @Setup(Level.Trial)
        public void prepare(PlacementBenchmark benchmark) {
            of = benchmark;
            of.fill();
            scan = new FullScan(of.cluster.ledger, of.scored);
            demands = of.cluster.classes.stream().map(scan::demand).toArray(Demand[]::new);
        }

        private long leaveAndArrive() {
            RunningCluster cluster = of.cluster;
            int task = of.random.nextInt(cluster.size());
            long old = cluster.handle(task);
            cluster.ledger.release(old, of.held);
            scan.changed(Ledger.nodeOf(old));
            Demand demand = demands[cluster.classOf(task)];
            scan.arrived(demand);
            long handle = cluster.replace(task, scan.place(demand));
            scan.changed(Ledger.nodeOf(handle));
            return handle;
        }
    }

    /** Through the index. */
    @Benchmark
    public long index(Indexed indexed) {
        return indexed.leaveAndArrive();
    }

    /** The same policy, scoring every feasible node. */
    @Benchmark
    public long naive(Scanned scanned) {
        return scanned.leaveAndArrive();
    }
}
