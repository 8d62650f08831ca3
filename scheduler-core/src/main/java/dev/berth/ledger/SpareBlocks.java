package dev.berth.ledger;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The blocks that stand on no node just now. A thread takes one, fills it, swings a node to it and gives back the one that
 * the node stood on before.
 *
 * <p>Each cell holds one block or none, so there is no list and no ABA. Lock-free as long as at most {@value #CELLS} threads
 * are inside the ledger at once; further ones wait until a block comes back.
 */
final class SpareBlocks {
    static final int CELLS = 256;

    /** Cells of neighbouring threads do not share a pair of cache lines: these few words are hot, the node words are not. */
    private static final int PADDING = 16;

    private static final long NONE = -1;
    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);

    private final long[] cells = new long[CELLS * PADDING];

    /** Owns the blocks {@code first .. first + CELLS - 1}. */
    SpareBlocks(int first) {
        for (int i = 0; i < CELLS; i++) {
            cells[i * PADDING] = (long) first + i;
        }
    }

    int take() {
        int start = startOfThread();
        while (true) {
            for (int i = 0; i < CELLS; i++) {
                int cell = (start + i & CELLS - 1) * PADDING;
                if ((long) CELL.getOpaque(cells, cell) != NONE) {
                    long block = (long) CELL.getAndSet(cells, cell, NONE);
                    if (block != NONE) {
                        return (int) block;
                    }
                }
            }
            Thread.onSpinWait();
        }
    }

    void give(int block) {
        int start = startOfThread();
        while (true) {
            for (int i = 0; i < CELLS; i++) {
                int cell = (start + i & CELLS - 1) * PADDING;
                if ((long) CELL.getOpaque(cells, cell) == NONE && CELL.compareAndSet(cells, cell, NONE, (long) block)) {
                    return;
                }
            }
            Thread.onSpinWait();
        }
    }

    static int startOfThread() {
        // Fibonacci hashing: consecutive thread ids land far apart.
        return (int) (Thread.currentThread().getId() * 0x9E3779B9L >>> 16) & CELLS - 1;
    }
}
