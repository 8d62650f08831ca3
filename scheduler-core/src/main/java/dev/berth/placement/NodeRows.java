package dev.berth.placement;

/**
 * What a planner keeps of its nodes: a row of words for each, in which view, policy and index have theirs side by side. Of a
 * large cluster most rows are out of the processor's reach, and each array more would be one more wait for memory.
 *
 * <p>Rows grow when somebody reserves words, so neither {@link #words} nor what {@link #at} answers may be kept across that.
 */
final class NodeRows {
    /** Words of a cache line. */
    private static final int LINE = 8;
    /**
     * Where the first row begins, so that no row begins within a cache line of 64 bytes. G1 puts an array of half a region
     * or more at the beginning of a region, and HotSpot its elements after a header of two words (64 bits, compressed class
     * pointers). Where that does not hold this is of no use, and costs 48 bytes.
     */
    private static final int FIRST_WORD = 6;

    private final int nodes;
    private long[] words;
    private int stride;
    private int used;

    NodeRows(int nodes) {
        this.nodes = nodes;
        words = new long[FIRST_WORD];
    }

    /** Where a row begins in {@link #words}. */
    int at(int node) {
        return FIRST_WORD + node * stride;
    }

    long[] words() {
        return words;
    }

    /** Adds words to each row, zero at first and on as few cache lines as can be; answers where in a row they begin. O(nodes). */
    int reserve(int more) {
        int from = used;
        used += (more + LINE - 1) / LINE * LINE;
        if (used > stride) {
            widen(Math.max(used, stride + stride / 2 / LINE * LINE));
        }
        return from;
    }

    private void widen(int to) {
        long[] wide = new long[FIRST_WORD + Math.multiplyExact(nodes, to)];
        for (int node = 0; node < nodes; node++) {
            System.arraycopy(words, at(node), wide, FIRST_WORD + node * to, stride);
        }
        words = wide;
        stride = to;
    }
}
