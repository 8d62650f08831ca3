package dev.berth.placement;

import java.util.Arrays;

/**
 * The last nodes whose keys have changed although the nodes have not, in order, for classes that take this over at different
 * times: when a price changes, most classes are not asked for again before it changes back.
 */
final class StaleNodes {
    private static final int FEWEST = 1 << 8;

    private final int[] ring;
    private final long[] lastAt;
    private long end;

    /** Reaches back about as far as taking it over is cheaper than scoring all nodes. */
    StaleNodes(int nodes) {
        ring = new int[Math.max(FEWEST, Integer.highestOneBit(Math.max(1, nodes)))];
        lastAt = new long[nodes];
        Arrays.fill(lastAt, -1);
    }

    void add(int node) {
        ring[(int) end & ring.length - 1] = node;
        lastAt[node] = end;
        end++;
    }

    /** Number of nodes ever told. */
    long end() {
        return end;
    }

    boolean reachesBackTo(long at) {
        return end - at <= ring.length;
    }

    int node(long at) {
        return ring[(int) at & ring.length - 1];
    }

    /** Whether the node has not been told again after {@code at}. */
    boolean isLast(long at, int node) {
        return lastAt[node] == at;
    }
}
