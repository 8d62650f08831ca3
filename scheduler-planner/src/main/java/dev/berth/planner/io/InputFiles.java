package dev.berth.planner.io;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.NodeSpec;
import dev.berth.planner.BadInputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Reads clusters and workloads in any form that we know, told by the file's name: {@code .csv} and {@code .csv.gz} are lists of the
 * openb trace, all else is our YAML.
 */
public final class InputFiles {
    private InputFiles() {}

    /**
     * Reads a cluster.
     *
     * @throws BadInputException naming file, place, value and what is allowed
     */
    public static Cluster cluster(Path file) {
        if (!isCsv(file)) {
            return ClusterFile.read(file);
        }
        Cluster.Builder builder = Cluster.builder();
        for (NodeSpec node : OpenbNodes.read(file)) {
            builder.add(node);
        }
        return builder.build();
    }

    /**
     * Reads a workload. Each pod of an openb list is a job of its own, and they arrive as written.
     *
     * @param cluster the cluster on which the jobs are to stand
     * @throws BadInputException naming file, place, value and what is allowed
     */
    public static Workload workload(Path file, Cluster cluster) {
        if (!isCsv(file)) {
            return JobsFile.read(file, cluster);
        }
        List<Job> jobs = new ArrayList<>();
        for (OpenbPods.Pod pod : OpenbPods.read(file)) {
            jobs.add(new Job(pod.name(), 1, pod.request(), List.of()));
        }
        return new Workload(jobs, Workload.Order.WRITTEN);
    }

    /**
     * The bytes of a file of any form.
     *
     * @throws BadInputException if it cannot be read
     */
    public static byte[] bytes(Path file) {
        return InputText.bytes(file);
    }

    private static boolean isCsv(Path file) {
        String name = file.toString().toLowerCase(Locale.ROOT);
        return name.endsWith(".csv") || name.endsWith(".csv.gz");
    }
}
