package dev.berth.ledger;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Tells one reader which nodes have changed since it last asked. A change that was complete before {@link #poll} was called
 * is never missed; a node may be told although it is as it was. So an index that reads every node it is told after it was
 * told may be too optimistic about a node, never too pessimistic.
 *
 * <p>A bitmap with two summary levels: writers set the node's bit, then the bits above it; the reader clears a summary bit
 * before what is below it, and all three before it reads the node. Any number of threads write, one thread polls.
 */
public final class ChangeFeed {
    private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);

    private final Ledger ledger;
    private final long[] leaf;
    private final long[] middle;
    private final long[] top;

    // Taken by the reader and not yet handed out.
    private int topAt;
    private long middleBits;
    private int middleAt;
    private long leafBits;
    private int leafAt;
    private long topBits;

    ChangeFeed(Ledger ledger, int nodes) {
        this.ledger = ledger;
        leaf = new long[(nodes >>> 6) + 1];
        middle = new long[(leaf.length >>> 6) + 1];
        top = new long[(middle.length >>> 6) + 1];
    }

    /** Called by the ledger after a change has taken effect. */
    void announce(int node) {
        set(leaf, node);
        set(middle, node >>> 6);
        set(top, node >>> 12);
    }

    private static void set(long[] words, int bit) {
        int word = bit >>> 6;
        long flag = 1L << bit;
        // Reading first saves the locked instruction; the reader has then still to clear the bit, so it will see the
        // change.
        if (((long) LONGS.getVolatile(words, word) & flag) == 0) {
            LONGS.getAndBitwiseOr(words, word, flag);
        }
    }

    /**
     * A node that has changed, or -1 when there is none. Read the node after this call, not before. O(1) amortised; for one
     * thread at a time.
     */
    public int poll() {
        while (true) {
            if (leafBits != 0) {
                int node = leafAt << 6 | Long.numberOfTrailingZeros(leafBits);
                leafBits &= leafBits - 1;
                return node;
            }
            if (middleBits != 0) {
                leafAt = middleAt << 6 | Long.numberOfTrailingZeros(middleBits);
                middleBits &= middleBits - 1;
                leafBits = (long) LONGS.getAndSet(leaf, leafAt, 0L);
            } else if (topBits != 0) {
                middleAt = topAt << 6 | Long.numberOfTrailingZeros(topBits);
                topBits &= topBits - 1;
                middleBits = (long) LONGS.getAndSet(middle, middleAt, 0L);
            } else if (!nextTop()) {
                return -1;
            }
        }
    }

    private boolean nextTop() {
        for (int i = 0; i < top.length; i++) {
            if ((long) LONGS.getVolatile(top, i) != 0) {
                topAt = i;
                topBits = (long) LONGS.getAndSet(top, i, 0L);
                return true;
            }
        }
        return false;
    }

    /** Ends the subscription: the ledger stops writing to this feed. */
    public void close() {
        ledger.unsubscribe(this);
    }
}
