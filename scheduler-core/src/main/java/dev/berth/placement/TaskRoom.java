package dev.berth.placement;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.MigGeometry;

/** For how many tasks of one class a node has room, at once. */
final class TaskRoom {
    private TaskRoom() {}

    /**
     * Tasks that fit on a node, {@code most} at most; says nothing of models, GPU memory and labels.
     *
     * @param gpuMask the GPUs that they may use
     */
    static int on(View view, int node, Demand demand, int gpuMask, int most) {
        int room = besideGpus(view, node, demand, most);
        if (room == 0 || demand.cpuOnly()) {
            return room;
        }
        if (demand.wholeGpus() > 0) {
            return Math.min(room, Integer.bitCount(view.freeGpuMask(node) & gpuMask) / demand.wholeGpus());
        }
        return Math.min(
                room, demand.mig() ? instances(view, node, demand, gpuMask) : shares(view, node, demand, gpuMask));
    }

    private static int besideGpus(View view, int node, Demand demand, int most) {
        if (!view.allocatable(node)) {
            return 0;
        }
        long room = most;
        if (demand.cpuMilli() > 0) {
            room = Math.min(room, view.cpuFreeMilli(node) / demand.cpuMilli());
        }
        if (demand.memoryMib() > 0) {
            room = Math.min(room, view.memoryFreeMib(node) / demand.memoryMib());
        }
        for (int r = 0, of = view.cluster().countedNames().size(); r < of && room > 0; r++) {
            if (demand.counted(r) > 0) {
                room = Math.min(room, view.countedFree(node, r) / demand.counted(r));
            }
        }
        return (int) Math.max(0, room);
    }

    private static int shares(View view, int node, Demand demand, int gpuMask) {
        int room = 0;
        for (int mask = view.cluster().plainGpuMask(node) & gpuMask; mask != 0; mask &= mask - 1) {
            room += view.gpuFreeMilli(node, Integer.numberOfTrailingZeros(mask)) / demand.shareMilli();
        }
        return room;
    }

    private static int instances(View view, int node, Demand demand, int gpuMask) {
        Cluster cluster = view.cluster();
        MigGeometry geometry = cluster.migGeometry(node);
        int profile = demand.migProfile(cluster.migGeometryId(node));
        if (geometry == null || profile < 0) {
            return 0;
        }
        int room = 0;
        for (int mask = cluster.migGpuMask(node) & gpuMask; mask != 0; mask &= mask - 1) {
            room += geometry.roomFor(profile, view.migOccupancy(node, Integer.numberOfTrailingZeros(mask)));
        }
        return room;
    }
}
