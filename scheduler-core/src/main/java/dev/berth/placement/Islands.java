package dev.berth.placement;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.GpuTopology;
import java.util.Arrays;

/**
 * The islands of all nodes, numbered in the order of the nodes. A node on which nothing is joined counts as one here: with an
 * island for each GPU, all of its free GPUs would look equally tight, and those of a node in use no tighter than a whole one's.
 * Immutable.
 */
final class Islands {
    private final int[] first;
    private final int[] nodeOf;
    private final boolean several;
    private final Cluster cluster;

    Islands(Cluster cluster) {
        this.cluster = cluster;
        int nodes = cluster.nodeCount();
        first = new int[nodes + 1];
        boolean any = false;
        for (int node = 0; node < nodes; node++) {
            int islands = cluster.gpuTopology(node).islandCount();
            int count = islands == cluster.gpuCount(node) ? Math.min(1, islands) : islands;
            first[node + 1] = first[node] + count;
            any |= count > 1;
        }
        several = any;
        nodeOf = new int[first[nodes]];
        for (int node = 0; node < nodes; node++) {
            Arrays.fill(nodeOf, first[node], first[node + 1], node);
        }
    }

    /** Whether any node has more than one, so that an island is not just a node. */
    boolean several() {
        return several;
    }

    int count() {
        return nodeOf.length;
    }

    int nodeOf(int island) {
        return nodeOf[island];
    }

    int maskOf(int island) {
        int node = nodeOf[island];
        return first[node + 1] - first[node] == 1
                ? (1 << cluster.gpuCount(node)) - 1
                : cluster.gpuTopology(node).islandMask(island - first[node]);
    }

    /** First island of a node; those of the next node end its own. */
    int first(int node) {
        return first[node];
    }

    /** The island of a node with fewest of these GPUs that still has so many; 0 when there is none. */
    static int tightest(GpuTopology topology, int freeMask, int gpus) {
        int best = 0;
        for (int i = 0; i < topology.islandCount(); i++) {
            int free = freeMask & topology.islandMask(i);
            if (Integer.bitCount(free) >= gpus && (best == 0 || Integer.bitCount(free) < Integer.bitCount(best))) {
                best = free;
            }
        }
        return best;
    }

    /** Whether these GPUs of a node are all in one island. */
    static boolean holds(GpuTopology topology, int mask) {
        return mask == 0 || (mask & ~topology.islandMask(topology.islandOf(Integer.numberOfTrailingZeros(mask)))) == 0;
    }
}
