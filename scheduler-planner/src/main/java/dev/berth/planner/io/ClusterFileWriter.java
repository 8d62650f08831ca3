package dev.berth.planner.io;

import dev.berth.cluster.Cluster;

/** Writes clusters. */
public final class ClusterFileWriter {
    private ClusterFileWriter() {}

    /** Writes. */
    public static String write(Cluster cluster) {
        return ClusterFile.write(cluster);
    }
}
