package dev.berth.planner.replay;

import dev.berth.cluster.Cluster;
import dev.berth.ledger.LedgerSnapshot;
import dev.berth.ledger.NodeReading;

/**
 * Finds by looking at every domain which is the lowest tier that could take a job now. Plain on purpose, and without anything
 * that the planner uses beside the ledger's own snapshot: it is what the planner is judged by. Not thread-safe.
 */
final class FreeTiers {
    private final Ladder ladder;
    private final NodeReading reading = new NodeReading();

    FreeTiers(Ladder ladder) {
        this.ladder = ladder;
    }

    /**
     * The lowest tier that has a domain whose nodes can take all tasks of a job at once; -1 when none has. O(tiers * nodes).
     */
    int lowest(LedgerSnapshot snapshot, GangJob job) {
        int[] fits = tasksThatFit(snapshot, job);
        for (int tier = 0; tier < ladder.size(); tier++) {
            int[] sum = new int[ladder.domainCount(tier)];
            for (int node = 0; node < fits.length; node++) {
                int domain = ladder.domainOf(tier, node);
                if (domain >= 0) {
                    sum[domain] += fits[node];
                    if (sum[domain] >= job.tasks()) {
                        return tier;
                    }
                }
            }
        }
        return -1;
    }

    /** How many tasks of a job each node could take, if it took no others. */
    int[] tasksThatFit(LedgerSnapshot snapshot, GangJob job) {
        int[] fits = new int[snapshot.cluster().nodeCount()];
        for (int node = 0; node < fits.length; node++) {
            snapshot.read(node, reading);
            if (reading.allocatable() && isOfModel(snapshot.cluster(), node, job.model())) {
                long most = Integer.bitCount(reading.freeGpuMask()) / job.taskGpus();
                most = atMost(most, reading.cpuFreeMilli(), job.request().cpuMilli());
                most = atMost(most, reading.memoryFreeMib(), job.request().memoryMib());
                fits[node] = (int) most;
            }
        }
        return fits;
    }

    private static long atMost(long most, long free, long asked) {
        return asked == 0 ? most : Math.min(most, free / asked);
    }

    /** GPUs of a job's model that nobody holds, on nodes that take tasks. */
    int freeGpus(LedgerSnapshot snapshot, GangJob job) {
        int free = 0;
        for (int node = 0; node < snapshot.cluster().nodeCount(); node++) {
            snapshot.read(node, reading);
            if (reading.allocatable() && isOfModel(snapshot.cluster(), node, job.model())) {
                free += Integer.bitCount(reading.freeGpuMask());
            }
        }
        return free;
    }

    static boolean isOfModel(Cluster cluster, int node, String model) {
        int id = cluster.gpuModelId(node);
        return id >= 0 && cluster.gpuModels().get(id).equals(model);
    }
}
