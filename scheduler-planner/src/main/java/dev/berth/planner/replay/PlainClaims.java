package dev.berth.planner.replay;

import dev.berth.cluster.Cluster;
import dev.berth.ledger.ClaimSpec;
import dev.berth.ledger.Ledger;

/**
 * Claims for the baselines of a gang replay, which choose nodes only: within a node the free GPUs with the lowest numbers, as a
 * scheduler takes them that knows nothing of links. Nobody else writes to the ledger. Not thread-safe.
 */
final class PlainClaims {
    private final Ledger ledger;
    private final ClaimSpec claim = new ClaimSpec();

    PlainClaims(Ledger ledger) {
        this.ledger = ledger;
    }

    /** How many tasks of a job fit on a node now. */
    int fits(int node, GangJob job) {
        Cluster cluster = ledger.cluster();
        return FreeTiers.isOfModel(cluster, node, job.model()) ? freeGpus(node) / job.taskGpus() : 0;
    }

    /** Free GPUs of a node. */
    int freeGpus(int node) {
        return Integer.bitCount(ledger.freeGpuMask(node));
    }

    /** Whether a node has GPUs outside of MIG mode and all of them are free. */
    boolean isWhollyFree(int node) {
        int all = ledger.cluster().plainGpuMask(node);
        return all != 0 && ledger.freeGpuMask(node) == all;
    }

    /**
     * Claims a task on each of the nodes.
     *
     * @throws IllegalStateException if one does not fit, which the caller has to have made sure of
     */
    long[] claim(int[] nodes, GangJob job) {
        long[] claims = new long[nodes.length];
        for (int task = 0; task < nodes.length; task++) {
            int free = ledger.freeGpuMask(nodes[task]);
            int taken = 0;
            for (int gpu = 0; gpu < job.taskGpus(); gpu++) {
                taken |= Integer.lowestOneBit(free & ~taken);
            }
            claim.clear();
            claim.whole(taken)
                    .cpuMilli(job.request().cpuMilli())
                    .memoryMib(job.request().memoryMib());
            claims[task] = ledger.claim(nodes[task], claim, Ledger.ANY_VERSION);
            if (claims[task] <= 0) {
                throw new IllegalStateException("the ledger answers " + claims[task] + " to a claim of " + job
                        + " on node " + nodes[task] + " although nobody else writes");
            }
        }
        return claims;
    }
}
