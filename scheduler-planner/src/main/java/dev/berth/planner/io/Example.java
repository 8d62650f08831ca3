package dev.berth.planner.io;

import dev.berth.cluster.Cluster;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** The embedded example: examples/clusters/mixed-cloud.yaml and examples/workloads/mixed-cloud.yaml. */
public final class Example {
    private static final String CLUSTER = "clusters/mixed-cloud.yaml";
    private static final String WORKLOAD = "workloads/mixed-cloud.yaml";

    private Example() {}

    /** A mixed cloud on two sites. */
    public static Cluster cluster() {
        return ClusterFile.parse(CLUSTER, bytes(CLUSTER));
    }

    /**
     * A day's work for it.
     *
     * @param cluster the cluster on which the jobs are to stand
     */
    public static Workload workload(Cluster cluster) {
        return JobsFile.parse(WORKLOAD, bytes(WORKLOAD), cluster);
    }

    private static byte[] bytes(String name) {
        try (InputStream in = Example.class.getResourceAsStream("/dev/berth/planner/examples/" + name)) {
            if (in == null) {
                throw new IllegalStateException("the example " + name + " is not in the jar");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
