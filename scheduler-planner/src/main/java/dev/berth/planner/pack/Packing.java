package dev.berth.planner.pack;

import dev.berth.cluster.Cluster;
import dev.berth.ledger.LedgerSnapshot;
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
 * @param refused the jobs with refused tasks, in the order of the workload
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
        LedgerSnapshot holdings,
        List<CurvePoint> curve,
        long readyGpuMilli,
        long allocatedMilli,
        Fragments fragments) {

    /** Copies the lists. */
    public Packing {
        placements = List.copyOf(placements);
        refused = List.copyOf(refused);
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

    /** Number of refused tasks. */
    public int refusedTasks() {
        return refused.stream().mapToInt(RefusedJob::tasks).sum();
    }

    /** Number of refused tasks of each job, by its position in the workload. */
    public int[] refusedByJob() {
        int[] tasks = new int[workload.jobs().size()];
        refused.forEach(job -> tasks[job.job()] = job.tasks());
        return tasks;
    }
}
