package dev.berth.ledger;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The blocks that gangs put on nodes: one for each node that can be tentative at a time, and two for each thread, one that it is filling
 * and one that it is about to give back. A stack that is linked through an array; the word that names its top counts the changes, so
 * that a block which has been taken and given back meanwhile is not mistaken (R. K. Treiber, "Systems programming: coping with
 * parallelism", IBM RJ 5118, 1986). Lock-free, O(1), does not allocate.
 *
 * <p>In a cluster of more than {@value #MAX_NODES} nodes the blocks do not suffice for a tentative block on each, so gangs book what
 * they need before they begin. One that would take part of them and wait for the rest could wait for another that does the same.
 */
final class GangBlocks {
    /** Nodes that can be tentative at a time, in larger clusters. */
    static final int MAX_NODES = 1 << 14;

    private static final int CHANGES_SHIFT = 22;
    private static final long TOP_MASK = (1L << CHANGES_SHIFT) - 1;
    private static final VarHandle BELOW = MethodHandles.arrayElementVarHandle(int[].class);
    private static final VarHandle TOP;
    private static final VarHandle BOOKABLE;

    static {
        try {
            TOP = MethodHandles.lookup().findVarHandle(GangBlocks.class, "top", long.class);
            BOOKABLE = MethodHandles.lookup().findVarHandle(GangBlocks.class, "bookable", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Block below a block, plus 1; 0 at the bottom. Any block of the ledger may come here. */
    private final int[] below;

    private final boolean scarce;

    /** changes (42) | block + 1 (22). */
    private volatile long top;

    private volatile int bookable;

    /** How many blocks a ledger of so many nodes has for gangs. */
    static int count(int nodes) {
        return Math.min(nodes, MAX_NODES) + 2 * SpareBlocks.CELLS;
    }

    /** Owns the blocks from {@code first} on. */
    GangBlocks(int nodes, int first) {
        int end = first + count(nodes);
        below = new int[end];
        for (int block = first + 1; block < end; block++) {
            below[block] = block;
        }
        top = end;
        scarce = nodes > MAX_NODES;
        bookable = MAX_NODES;
    }

    int take() {
        while (true) {
            long seen = top;
            int block = (int) (seen & TOP_MASK) - 1;
            if (block < 0) {
                // More threads than there are blocks for.
                Thread.onSpinWait();
            } else {
                long next = next(seen) | (int) BELOW.getOpaque(below, block);
                // count-changes
                if (TOP.compareAndSet(this, seen, next)) {
                    return block;
                }
            }
        }
    }

    void give(int block) {
        while (true) {
            long seen = top;
            BELOW.setOpaque(below, block, (int) (seen & TOP_MASK));
            if (TOP.compareAndSet(this, seen, next(seen) | block + 1)) {
                return;
            }
        }
    }

    private static long next(long seen) {
        return (seen >>> CHANGES_SHIFT) + 1 << CHANGES_SHIFT;
    }

    /** Waits until so many nodes can be tentative at the same time as those booked before. */
    void book(int nodes) {
        while (scarce) {
            int free = bookable;
            // book-by-comparing
            if (free >= nodes && BOOKABLE.compareAndSet(this, free, free - nodes)) {
                return;
            }
            Thread.onSpinWait();
        }
    }

    void unbook(int nodes) {
        if (scarce) {
            BOOKABLE.getAndAdd(this, nodes);
        }
    }
}
