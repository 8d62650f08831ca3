package dev.berth.planner.pack;

import dev.berth.cluster.Cluster;
import dev.berth.ledger.LedgerSnapshot;
import dev.berth.planner.io.Job;
import dev.berth.planner.io.Workload;
import java.util.List;

/**
 * How a workload was packed on a cluster. Immutable.
 *
 * @param cluster the cluster
 * @param workload what was to be packed
 * @param policy name of the policy
 * @param seed seed of the order of arrivals and of the nodes
 * @param placements the placed tasks in the order of arrival
 * @param refused the jobs with refused tasks, those with gangs left out, in the order of the workload
 * @param gangs the placed gangs in the order of arrival
 * @param refusedGangs the jobs with refused gangs, in the order of the workload
 * @param holdings what is held in the end
 * @param curve allocation against arrivals, from (0, 0) on; at most {@value Packer#CURVE_POINTS} points after it
 * @param readyGpuMilli GPUs on READY nodes, in milli-GPU
 * @param allocatedMilli what of them is held, in milli-GPU
 * @param fragments what of the rest is fragmented
 */
public record Packing(
        Cluster cluster,
        Workload workload,
        String policy,
        long seed,
        List<Placement> placements,
        List<RefusedJob> refused,
        List<PlacedGang> gangs,
        List<RefusedGangs> refusedGangs,
        LedgerSnapshot holdings,
        List<CurvePoint> curve,
        long readyGpuMilli,
        long allocatedMilli,
        Fragments fragments) {

    /** Copies the lists. */
    public Packing {
        placements = List.copyOf(placements);
        refused = List.copyOf(refused);
        gangs = List.copyOf(gangs);
        refusedGangs = List.copyOf(refusedGangs);
        curve = List.copyOf(curve);
    }

    /**
     * Free GPU that is not in MIG mode, on READY nodes.
     *
     * @param freeMilli all of it, in milli-GPU
     * @param unusableMilli what of it the mean task of the workload cannot use: the fragmentation measure of {@link
     *     dev.berth.placement.Fragmentation}
     */
    public record Fragments(long freeMilli, double unusableMilli) {
        /** Unusable part of the free GPU in percent; 0 when nothing is free. */
        public double percent() {
            return freeMilli == 0 ? 0 : 100 * unusableMilli / freeMilli;
        }
    }

    /** Allocated part of the GPUs on READY nodes in percent; 0 when there are none. */
    public double allocatedPercent() {
        return readyGpuMilli == 0 ? 0 : 100.0 * allocatedMilli / readyGpuMilli;
    }

    /** Number of tasks that were not placed, those that elastic gangs do without included. */
    public long refusedTasks() {
        return workload.taskCount() - placements.size();
    }

    /** Number of tasks that were not placed of each job, by its position in the workload. */
    public long[] refusedByJob() {
        long[] tasks = workload.jobs().stream().mapToLong(Job::taskCount).toArray();
        placements.forEach(placement -> tasks[placement.job()]--);
        return tasks;
    }

    /** Jobs of which something was refused. */
    public int refusedJobs() {
        return refused.size() + refusedGangs.size();
    }
}
