package dev.berth.placement;

import java.util.Arrays;

/**
 * The last nodes whose keys have changed, in order, for indexes that catch up at different times. Each entry says what was
 * free on the node before and after, so that a class passes over most changes (a node that was too full for it and still is)
 * by reading on in one array, and never looks at the node.
 */
final class ChangeLog {
    private static final int LEAST = 1 << 10;
    private static final int MOST = 1 << 16;

    private static final int ENTRY_SHIFT = 3;
    private static final int NODE = 0;
    /** Where an entry says what was free after the change, and before it. */
    private static final int AFTER = 1;

    private static final int BEFORE = 4;
    /** Number of entries since the node's previous one; negative once the node has a later one. */
    private static final int SINCE = 7;

    private static final int CPU = 0;
    private static final int MEMORY = 1;
    /** Free whole GPUs (16 bits) and the largest free share (16 bits). */
    private static final int GPUS = 2;

    private static final int NOTHING_FREE = -1;
    private static final long NEVER = -1L << 32;

    private final int mask;
    private final int[] ring;
    private final long[] lastChange;
    private long end;

    /** Reaches back about as far as replaying is cheaper than scoring all nodes. */
    ChangeLog(int nodes) {
        int entries = Math.min(MOST, Math.max(LEAST, Integer.highestOneBit(Math.max(1, nodes)) << 1));
        mask = entries - 1;
        ring = new int[entries << ENTRY_SHIFT];
        lastChange = new long[nodes];
        Arrays.fill(lastChange, NEVER);
    }

    /** Begins an entry, with what the view shows of the node before the change; {@link #add} must follow. */
    void before(View view, int node) {
        write(slot(end) + BEFORE, view, node);
    }

    /** Adds the entry of a change that the view shows now. */
    void add(View view, int node) {
        int slot = slot(end);
        ring[slot + NODE] = node;
        write(slot + AFTER, view, node);
        long since = end - lastChange[node];
        ring[slot + SINCE] = (int) Math.min(Integer.MAX_VALUE, since);
        if (since <= mask) {
            int previous = slot(lastChange[node]);
            ring[previous + SINCE] = -ring[previous + SINCE];
        }
        lastChange[node] = end;
        end++;
    }

    private void write(int at, View view, int node) {
        // A node that takes nothing is one on which not even no CPU is free.
        ring[at + CPU] = view.allocatable(node) ? clamp(view.cpuFreeMilli(node)) : NOTHING_FREE;
        ring[at + MEMORY] = clamp(view.memoryFreeMib(node));
        ring[at + GPUS] = Integer.bitCount(view.freeGpuMask(node)) << 16 | view.largestFreeShareMilli(node);
    }

    private static int clamp(long free) {
        return (int) Math.max(NOTHING_FREE, Math.min(Integer.MAX_VALUE, free));
    }

    private int slot(long at) {
        return ((int) at & mask) << ENTRY_SHIFT;
    }

    /** Number of changes ever logged. */
    long end() {
        return end;
    }

    boolean reachesBackTo(long at) {
        return end - at <= mask + 1;
    }

    int node(long at) {
        return ring[slot(at) + NODE];
    }

    /**
     * Whether the change can have changed the key of a class that was last brought up to date at {@code from}: there was room
     * then, which the node's first change since says, or there is room now, which its last one says. Every change of a node is
     * passed over but at most those two. Room in MIG mode and for counted resources is taken for granted.
     */
    boolean matters(long at, long from, int cpuMilli, int memoryMib, int wholeGpus, int shareMilli) {
        int slot = slot(at);
        int since = ring[slot + SINCE];
        // All by sign bits, without branches: which of them hold cannot be foretold. Negative: first, last, and full.
        int first = (int) (at - from) - Math.abs(since);
        int last = -since;
        int wasFull = lack(slot + BEFORE, cpuMilli, memoryMib, wholeGpus, shareMilli);
        int isFull = lack(slot + AFTER, cpuMilli, memoryMib, wholeGpus, shareMilli);
        return (first & ~wasFull | last & ~isFull) < 0;
    }

    /** Negative when anything is lacking. */
    private int lack(int at, int cpuMilli, int memoryMib, int wholeGpus, int shareMilli) {
        int gpus = ring[at + GPUS];
        return ring[at + CPU] - cpuMilli
                | ring[at + MEMORY] - memoryMib
                | (gpus >>> 16) - wholeGpus
                | (gpus & 0xFFFF) - shareMilli;
    }
}
