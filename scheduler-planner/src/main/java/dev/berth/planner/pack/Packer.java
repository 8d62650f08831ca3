package dev.berth.planner.pack;

import dev.berth.cluster.Cluster;
import dev.berth.ledger.Ledger;
import dev.berth.placement.Demand;
import dev.berth.placement.Fragmentation;
import dev.berth.placement.NodeSet;
import dev.berth.placement.Plan;
import dev.berth.placement.Planner;
import dev.berth.placement.Policy;
import dev.berth.placement.Refusal;
import dev.berth.placement.Request;
import dev.berth.placement.TypicalWorkload;
import dev.berth.placement.View;
import dev.berth.planner.io.Job;
import dev.berth.planner.io.Workload;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Packs a workload on an empty cluster, tasks and gangs as they arrive; nothing ends, nothing moves. The policy places single tasks;
 * gangs are placed by {@link dev.berth.placement.GangPlanner} under every policy.
 */
public final class Packer {
    /** Most points of an allocation curve. */
    static final int CURVE_POINTS = 240;

    private static final int NO_GANG = -1;

    private final Cluster cluster;
    private final Workload workload;
    private final Policy policy;
    private final long seed;
    private final Ledger ledger;
    private final Planner planner;
    private final Demand[] demands;
    private final long[] gpuMilli;
    private final @Nullable NodeSet[] allowed;
    private final @Nullable GangPacker gangs;
    private final int[] arrivedTasks;
    private final int[] refusedTasks;
    private final @Nullable Refusal[] refusals;
    private final List<Placement> placements = new ArrayList<>();
    private final List<CurvePoint> curve = new ArrayList<>();
    private final Plan plan = new Plan();
    private long allocatedMilli;

    private Packer(Cluster cluster, Workload workload, Policy policy, long seed) {
        this.cluster = cluster;
        this.workload = workload;
        this.policy = policy;
        this.seed = seed;
        ledger = Ledger.of(cluster);
        planner = new Planner(ledger, policy, seed);
        int jobs = workload.jobs().size();
        demands = new Demand[jobs];
        gpuMilli = new long[jobs];
        allowed = new NodeSet[jobs];
        arrivedTasks = new int[jobs];
        refusedTasks = new int[jobs];
        refusals = new Refusal[jobs];
        for (int j = 0; j < jobs; j++) {
            Job job = workload.jobs().get(j);
            demands[j] = planner.demand(job.request());
            gpuMilli[j] = (long) GpuDemandMilli.of(job.request(), cluster) * job.tasksTogether();
            allowed[j] = nodeSet(job);
        }
        boolean anyGang = workload.jobs().stream().anyMatch(job -> job.gang() != null);
        gangs = anyGang ? new GangPacker(planner, workload, placements) : null;
    }

    private @Nullable NodeSet nodeSet(Job job) {
        if (job.nodes().isEmpty()) {
            return null;
        }
        NodeSet set = NodeSet.of(cluster);
        for (String name : job.nodes()) {
            int node = cluster.nodeId(name);
            if (node < 0) {
                throw new IllegalArgumentException(
                        "job '" + job.name() + "' names the node '" + name + "', allowed: nodes of the cluster");
            }
            set.add(node);
        }
        return set;
    }

    /**
     * Packs. The same arguments give the same packing. O(tasks x decision).
     *
     * @param seed seed of the order of arrivals, when it is shuffled, and of the fixed order of the nodes
     * @param progress told the number of arrivals done, now and then
     * @throws IllegalArgumentException if a job names a node that the cluster has not
     */
    public static Packing pack(Cluster cluster, Workload workload, Policy policy, long seed, IntConsumer progress) {
        return new Packer(cluster, workload, policy, seed).run(progress);
    }

    private Packing run(IntConsumer progress) {
        int[] arrivals = workload.arrivals(seed);
        long readyGpuMilli = readyGpuMilli();
        long arrivedMilli = 0;
        curve.add(new CurvePoint(0, 0));
        for (int i = 0; i < arrivals.length; i++) {
            int job = arrivals[i];
            if (gangs != null && workload.jobs().get(job).gang() != null) {
                allocatedMilli += gangs.place(job)
                        * gpuMilli[job]
                        / workload.jobs().get(job).tasksTogether();
            } else {
                place(job);
            }
            arrivedMilli += gpuMilli[job];
            if ((long) (i + 1) * CURVE_POINTS / arrivals.length > (long) i * CURVE_POINTS / arrivals.length) {
                curve.add(new CurvePoint(percent(arrivedMilli, readyGpuMilli), percent(allocatedMilli, readyGpuMilli)));
                progress.accept(i + 1);
            }
        }
        Packing.Fragments fragments = fragments();
        planner.close();
        return new Packing(
                cluster,
                workload,
                policy.name(),
                seed,
                placements,
                refused(),
                gangs == null ? List.of() : gangs.placed(),
                gangs == null ? List.of() : gangs.refused(),
                ledger.snapshot(),
                curve,
                readyGpuMilli,
                allocatedMilli,
                fragments);
    }

    private void place(int job) {
        Demand demand = demands[job];
        NodeSet nodes = allowed[job];
        int task = arrivedTasks[job]++;
        planner.arrived(demand);
        if (nodes == null ? planner.plan(demand, plan) : planner.plan(demand, nodes, plan)) {
            long handle = planner.commit(plan);
            if (handle <= 0) {
                throw new IllegalStateException("the only writer's claim was refused with " + handle);
            }
            placements.add(Placement.of(job, task, NO_GANG, plan.node(), plan.claim()));
            allocatedMilli += gpuMilli[job];
        } else {
            refusedTasks[job]++;
            if (refusals[job] == null) {
                refusals[job] = planner.explain(demand, nodes);
            }
        }
    }

    private List<RefusedJob> refused() {
        List<RefusedJob> refused = new ArrayList<>();
        for (int job = 0; job < refusals.length; job++) {
            Refusal first = refusals[job];
            if (first != null) {
                refused.add(new RefusedJob(job, refusedTasks[job], first));
            }
        }
        return refused;
    }

    private Packing.Fragments fragments() {
        Map<Request, Long> counts = new HashMap<>();
        workload.jobs().forEach(job -> counts.merge(job.request(), job.taskCount(), Long::sum));
        Fragmentation fragmentation = Fragmentation.of(cluster, TypicalWorkload.ofCounts(counts));
        View view = planner.view();
        long freeMilli = 0;
        double unusableMilli = 0;
        for (int node = 0; node < cluster.nodeCount(); node++) {
            if (view.allocatable(node)) {
                freeMilli += view.freeGpuMilli(node);
                unusableMilli += fragmentation.ofNode(view, node);
            }
        }
        return new Packing.Fragments(freeMilli, unusableMilli);
    }

    private long readyGpuMilli() {
        long gpus = 0;
        for (int node = 0; node < cluster.nodeCount(); node++) {
            gpus += cluster.initialState(node).allocatable() ? cluster.gpuCount(node) : 0;
        }
        return 1000 * gpus;
    }

    private static double percent(long part, long whole) {
        return whole == 0 ? 0 : 100.0 * part / whole;
    }
}
