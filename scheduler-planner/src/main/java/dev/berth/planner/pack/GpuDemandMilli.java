package dev.berth.planner.pack;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.MigGeometry;
import dev.berth.placement.GpuDemand;
import dev.berth.placement.Request;

/** GPU demand in milli-GPU, with a MIG instance counted by its part of the GPU's memory slices. */
final class GpuDemandMilli {
    private GpuDemandMilli() {}

    /** What a request asks for; 0 for a MIG profile that no node of the cluster has. */
    static int of(Request request, Cluster cluster) {
        if (!(request.gpus() instanceof GpuDemand.Mig mig)) {
            return request.gpuMilli();
        }
        for (int node = 0; node < cluster.nodeCount(); node++) {
            MigGeometry geometry = cluster.migGeometry(node);
            int profile = geometry == null ? -1 : geometry.profileIndex(mig.profile());
            if (geometry != null && profile >= 0) {
                return ofProfile(geometry, profile);
            }
        }
        return 0;
    }

    static int ofProfile(MigGeometry geometry, int profile) {
        return 1000 * geometry.sizeSlices(profile) / geometry.slices();
    }

    /** What is held of a GPU in MIG mode. */
    static int ofOccupancy(MigGeometry geometry, int occupancy) {
        return 1000 * Integer.bitCount(occupancy & (1 << geometry.slices()) - 1) / geometry.slices();
    }
}
