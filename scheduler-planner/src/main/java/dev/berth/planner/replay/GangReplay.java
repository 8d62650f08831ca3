package dev.berth.planner.replay;

import dev.berth.cluster.Cluster;
import dev.berth.planner.BadInputException;
import dev.berth.planner.report.Figures;
import java.util.ArrayList;
import java.util.List;

/** A gang replay from a cluster and the sizes of a trace's jobs to its rows. */
final class GangReplay {
    private GangReplay() {}

    /**
     * What a gang replay found.
     *
     * @param title what was replayed
     * @param seeds the seeds
     * @param rows a row for each policy and load
     */
    record Result(String title, Seeds seeds, List<GangChurn.Row> rows) {}

    /**
     * Replays.
     *
     * @param clusterName what to call the cluster
     * @param philly GPUs of each job of the Philly trace
     * @param policies names of {@link GangPolicies}
     * @throws BadInputException if the cluster or the trace gives no jobs
     */
    static Result of(
            Cluster cluster,
            String clusterName,
            List<Integer> philly,
            List<String> policies,
            double[] loads,
            Lifetimes lifetimes,
            Seeds seeds,
            Parallel parallel) {
        Ladder ladder = Ladder.of(cluster);
        List<GangJob> jobs = GangMix.phillyTail(cluster, ladder, philly);
        if (jobs.isEmpty()) {
            throw new BadInputException(clusterName
                    + ": no job of the mix can be made, allowed: a cluster with a READY node that has a GPU outside of MIG"
                    + " mode, and a trace with a job of up to " + GangMix.SMALL_GPUS + " GPUs");
        }
        GangRun.Setting setting =
                new GangRun.Setting(cluster, ladder, IslandMap.of(cluster), jobs, loads[0], lifetimes);
        List<GangChurn.Row> rows =
                GangChurn.of(setting, GangPolicies.of(policies, ladder), loads, seeds.values(), parallel);
        return new Result(title(cluster, clusterName, jobs), seeds, rows);
    }

    private static String title(Cluster cluster, String clusterName, List<GangJob> jobs) {
        List<String> sizes = new ArrayList<>();
        jobs.stream().map(GangJob::gpus).distinct().sorted().forEach(gpus -> sizes.add(gpus.toString()));
        return GangMix.PHILLY_TAIL + " on " + clusterName + ": " + Figures.plural(cluster.nodeCount(), "node") + ", "
                + Figures.plural(GangMix.usableGpus(cluster), "GPU") + ", jobs of " + String.join(", ", sizes)
                + " GPUs";
    }
}
