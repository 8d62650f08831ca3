package dev.berth.placement;

import java.util.Arrays;

/** The last nodes whose keys have changed, in order, for indexes that catch up at different times. */
final class ChangeLog {
    private static final int LEAST = 1 << 10;
    private static final int MOST = 1 << 16;

    private final int[] ring;
    private final long[] lastChange;
    private long end;

    /** Reaches back about as far as replaying is cheaper than scoring all nodes. */
    ChangeLog(int nodes) {
        ring = new int[Math.min(MOST, Math.max(LEAST, Integer.highestOneBit(Math.max(1, nodes)) << 1))];
        lastChange = new long[nodes];
        Arrays.fill(lastChange, -1);
    }

    void add(int node) {
        ring[(int) end & ring.length - 1] = node;
        lastChange[node] = end;
        end++;
    }

    /** Number of changes ever logged. */
    long end() {
        return end;
    }

    boolean reachesBackTo(long at) {
        return end - at <= ring.length;
    }

    int node(long at) {
        return ring[(int) at & ring.length - 1];
    }

    /** Whether the change at this place is the node's latest. */
    boolean isLast(int node, long at) {
        return lastChange[node] == at;
    }
}
