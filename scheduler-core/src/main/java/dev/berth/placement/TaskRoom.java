package dev.berth.placement;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.GpuTopology;
import dev.berth.cluster.MigGeometry;

/** For how many tasks of one class a node has room, at once; says nothing of models, GPU memory and labels. */
final class TaskRoom {
    private TaskRoom() {}

    /** Tasks that fit on a node, {@code most} at most. */
    static int on(View view, int node, Demand demand, int most) {
        int room = besideGpus(view, node, demand, most);
        if (room == 0 || demand.cpuOnly()) {
            return room;
        }
        if (demand.wholeGpus() > 0) {
            return Math.min(room, Integer.bitCount(view.freeGpuMask(node)) / demand.wholeGpus());
        }
        return Math.min(room, demand.mig() ? instances(view, node, demand) : shares(view, node, demand));
    }

    /** Tasks with whole GPUs that fit on a node, all inside one island. */
    static int inOneIsland(View view, int node, Demand demand, int most) {
        GpuTopology topology = view.cluster().gpuTopology(node);
        int free = view.freeGpuMask(node);
        int room = 0;
        for (int i = 0; i < topology.islandCount(); i++) {
            room = Math.max(room, Integer.bitCount(free & topology.islandMask(i)) / demand.wholeGpus());
        }
        return room == 0 ? 0 : Math.min(room, besideGpus(view, node, demand, most));
    }

    /** Tasks with whole GPUs that fit on a node, {@code together} at a time inside an island. */
    static int inIslands(View view, int node, Demand demand, int most, int together) {
        GpuTopology topology = view.cluster().gpuTopology(node);
        int free = view.freeGpuMask(node);
        int segments = 0;
        for (int i = 0; i < topology.islandCount(); i++) {
            segments += Integer.bitCount(free & topology.islandMask(i)) / demand.wholeGpus() / together;
        }
        return segments == 0 ? 0 : Math.min(segments, besideGpus(view, node, demand, most) / together) * together;
    }

    static int besideGpus(View view, int node, Demand demand, int most) {
        if (!view.allocatable(node)) {
            return 0;
        }
        long room = Math.min(most, view.claimsLeft(node));
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

    private static int shares(View view, int node, Demand demand) {
        int room = 0;
        for (int mask = view.cluster().plainGpuMask(node); mask != 0; mask &= mask - 1) {
            room += view.gpuFreeMilli(node, Integer.numberOfTrailingZeros(mask)) / demand.shareMilli();
        }
        return room;
    }

    private static int instances(View view, int node, Demand demand) {
        Cluster cluster = view.cluster();
        MigGeometry geometry = cluster.migGeometry(node);
        int profile = demand.migProfile(cluster.migGeometryId(node));
        if (geometry == null || profile < 0) {
            return 0;
        }
        int room = 0;
        for (int mask = cluster.migGpuMask(node); mask != 0; mask &= mask - 1) {
            room += geometry.roomFor(profile, view.migOccupancy(node, Integer.numberOfTrailingZeros(mask)));
        }
        return room;
    }
}
