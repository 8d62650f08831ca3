package dev.berth.planner.replay;

import dev.berth.cluster.Cluster;
import dev.berth.ledger.LedgerSnapshot;
import dev.berth.ledger.NodeReading;

/**
 * Counts the islands that a job has broken without need. An island is <em>broken</em> when all of its GPUs were free and a job
 * took some of them but not all. A job needs to break none when an island that is in use already has room for all of its tasks,
 * or when it takes an island whole; and one when only whole islands have room for it. Where no island has room for all of
 * its tasks, nothing is counted. Plain on purpose, as {@link FreeTiers}. Not thread-safe.
 */
final class IslandCheck {
    private final IslandMap islands;
    private final int[] size;
    private final NodeReading reading = new NodeReading();

    IslandCheck(Cluster cluster, IslandMap islands) {
        this.islands = islands;
        size = new int[islands.count()];
        for (int node = 0; node < islands.nodeCount(); node++) {
            addTo(size, node, cluster.plainGpuMask(node));
        }
    }

    private void addTo(int[] counts, int node, int gpus) {
        for (int gpu = 0; gpu < islands.gpuCount(node); gpu++) {
            counts[islands.of(node, gpu)] += gpus >>> gpu & 1;
        }
    }

    /**
     * Islands that a placement broke without need.
     *
     * @param before the ledger before it
     * @param nodes node of each task
     * @param masks GPUs of each task, a bit each
     */
    int brokenWithoutNeed(LedgerSnapshot before, GangJob job, int[] nodes, int[] masks) {
        int[] free = new int[size.length];
        int[] room = new int[size.length];
        for (int node = 0; node < islands.nodeCount(); node++) {
            before.read(node, reading);
            addTo(free, node, reading.freeGpuMask());
            if (reading.allocatable() && FreeTiers.isOfModel(before.cluster(), node, job.model())) {
                int[] here = new int[size.length];
                addTo(here, node, reading.freeGpuMask());
                for (int gpu = 0; gpu < islands.gpuCount(node); gpu++) {
                    int island = islands.of(node, gpu);
                    room[island] += here[island] / job.taskGpus();
                    here[island] = 0;
                }
            }
        }
        int needed = needed(job, free, room);
        int[] taken = new int[size.length];
        for (int task = 0; task < nodes.length; task++) {
            addTo(taken, nodes[task], masks[task]);
        }
        int broken = 0;
        for (int island = 0; island < size.length; island++) {
            broken += free[island] == size[island] && taken[island] > 0 && taken[island] < size[island] ? 1 : 0;
        }
        return needed < 0 ? 0 : Math.max(0, broken - needed);
    }

    /** Islands that the job has to break: 0 or 1, or -1 when no island has room for all of it. */
    private int needed(GangJob job, int[] free, int[] room) {
        int needed = -1;
        for (int island = 0; island < size.length; island++) {
            if (room[island] >= job.tasks()) {
                boolean whole = free[island] == size[island];
                if (!whole || size[island] == job.gpus()) {
                    return 0;
                }
                needed = 1;
            }
        }
        return needed;
    }
}
