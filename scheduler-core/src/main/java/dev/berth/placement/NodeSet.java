package dev.berth.placement;

import dev.berth.cluster.Cluster;
import java.util.Arrays;

/**
 * A set of nodes that a plan may use, such as the ones that another scheduler has found fit. A mutable buffer that the caller
 * owns and uses again. Not thread-safe.
 */
public final class NodeSet {
    private final long[] bits;
    private final int nodes;
    private int size;

    private NodeSet(int nodes) {
        this.nodes = nodes;
        bits = new long[nodes + 63 >>> 6];
    }

    /** An empty set for the nodes of a cluster. */
    public static NodeSet of(Cluster cluster) {
        return new NodeSet(cluster.nodeCount());
    }

    /**
     * Adds a node. O(1).
     *
     * @throws IndexOutOfBoundsException if there is no such node
     */
    public NodeSet add(int node) {
        if (node < 0 || node >= nodes) {
            throw new IndexOutOfBoundsException("node " + node + " of " + nodes);
        }
        long flag = 1L << node;
        size += (bits[node >>> 6] & flag) == 0 ? 1 : 0;
        bits[node >>> 6] |= flag;
        return this;
    }

    /** Takes all nodes out. O(nodes / 64). */
    public void clear() {
        Arrays.fill(bits, 0);
        size = 0;
    }

    /** Whether a node is in the set. */
    public boolean contains(int node) {
        return (bits[node >>> 6] >>> node & 1) != 0;
    }

    /** Number of nodes in the set. */
    public int size() {
        return size;
    }

    /** Number of nodes that there are in all. */
    int universe() {
        return nodes;
    }

    /** The first node of the set at or after a node, or -1. */
    int next(int from) {
        if (from >= nodes) {
            return -1;
        }
        int word = from >>> 6;
        long rest = bits[word] & -1L << from;
        while (rest == 0) {
            if (++word == bits.length) {
                return -1;
            }
            rest = bits[word];
        }
        return word << 6 | Long.numberOfTrailingZeros(rest);
    }
}
