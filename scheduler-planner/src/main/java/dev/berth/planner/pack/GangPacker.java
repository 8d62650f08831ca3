package dev.berth.planner.pack;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.Topology;
import dev.berth.placement.GangDemand;
import dev.berth.placement.GangPlan;
import dev.berth.placement.GangPlanner;
import dev.berth.placement.GangRefusal;
import dev.berth.placement.GangRequest;
import dev.berth.placement.Planner;
import dev.berth.planner.io.Job;
import dev.berth.planner.io.Workload;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Places the gangs of a packing, beside the planner of its single tasks. */
final class GangPacker {
    private final Planner planner;
    private final GangPlanner gangs;
    private final Cluster cluster;
    private final List<Placement> placements;
    private final List<PlacedGang> placed = new ArrayList<>();
    private final @Nullable GangDemand[] demands;
    private final int[] arrived;
    private final int[] refused;
    private final @Nullable GangRefusal[] refusals;
    private final GangPlan plan = new GangPlan();

    /**
     * Places gangs.
     *
     * @param placements where to add the tasks that were placed
     */
    GangPacker(Planner planner, Workload workload, List<Placement> placements) {
        this.planner = planner;
        this.placements = placements;
        gangs = new GangPlanner(planner);
        cluster = planner.ledger().cluster();
        int jobs = workload.jobs().size();
        demands = new GangDemand[jobs];
        arrived = new int[jobs];
        refused = new int[jobs];
        refusals = new GangRefusal[jobs];
        for (int j = 0; j < jobs; j++) {
            Job job = workload.jobs().get(j);
            GangRequest gang = job.gang();
            demands[j] = gang == null ? null : gangs.demand(onNodes(gang, job.nodes()));
        }
    }

    /** The request, with all but these nodes excluded. */
    private GangRequest onNodes(GangRequest gang, List<String> nodes) {
        if (nodes.isEmpty()) {
            return gang;
        }
        NavigableSet<String> excluded = new TreeSet<>(gang.excludedNodes());
        for (int node = 0; node < cluster.nodeCount(); node++) {
            excluded.add(cluster.nodeName(node));
        }
        nodes.forEach(excluded::remove);
        return new GangRequest(
                gang.task(),
                gang.minTasks(),
                gang.maxTasks(),
                gang.maxTasksPerNode(),
                gang.requiredTier(),
                gang.preferredTier(),
                gang.spreadTier(),
                gang.minDomains(),
                gang.segmentTasks(),
                gang.segmentTier(),
                gang.sameModel(),
                gang.sameLabels(),
                gang.railAligned(),
                excluded);
    }

    /** Places the next gang of a job; answers the number of tasks that stand, 0 when it was refused. */
    int place(int job) {
        GangDemand demand = demands[job];
        if (demand == null) {
            throw new IllegalArgumentException("job " + job + " has no gangs");
        }
        int gang = arrived[job]++;
        for (int task = 0; task < demand.request().maxTasks(); task++) {
            planner.arrived(demand.task());
        }
        if (!gangs.plan(demand, plan)) {
            refused[job]++;
            if (refusals[job] == null) {
                refusals[job] = gangs.explain(demand);
            }
            return 0;
        }
        long answer = gangs.commit(plan);
        if (answer != 0) {
            throw new IllegalStateException("the only writer's gang was refused with " + answer);
        }
        add(job, gang, demand.request().maxTasks());
        return plan.tasks();
    }

    private void add(int job, int gang, int tasksTogether) {
        int gpus = 0;
        BitSet nodes = new BitSet();
        for (int rank = 0; rank < plan.tasks(); rank++) {
            placements.add(Placement.of(job, gang * tasksTogether + rank, gang, plan.node(rank), plan.claim(rank)));
            gpus += plan.claim(rank).gpuCount();
            nodes.set(plan.node(rank));
        }
        Topology topology = cluster.topology();
        placed.add(new PlacedGang(
                job,
                gang,
                plan.tasks(),
                gpus,
                nodes.cardinality(),
                topology.tiers().get(plan.tier()),
                topology.domainName(plan.tier(), topology.domainOf(plan.tier(), plan.node(0))),
                topology.tiers().get(plan.neededTier())));
    }

    /** The gangs placed so far, in the order of arrival. */
    List<PlacedGang> placed() {
        return placed;
    }

    /** The jobs with refused gangs, in the order of the workload. */
    List<RefusedGangs> refused() {
        List<RefusedGangs> all = new ArrayList<>();
        for (int job = 0; job < refused.length; job++) {
            GangRefusal first = refusals[job];
            if (first != null) {
                all.add(new RefusedGangs(job, refused[job], first));
            }
        }
        return all;
    }
}
