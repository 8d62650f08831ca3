package dev.berth.placement;

/**
 * For each node, side by side: its position in the fixed order, and for each {@link ClassTable} two words with a bit a class:
 * the classes whose tasks the node could ever take, and those that it has room for now.
 */
final class ClassMarks {
    private final int nodes;
    private int tables;
    private int stride = 2;
    private long[] words;

    ClassMarks(int[] positionOf) {
        nodes = positionOf.length;
        words = new long[CacheLines.FIRST_WORD + nodes * stride];
        for (int node = 0; node < nodes; node++) {
            words[row(node)] = positionOf[node];
        }
    }

    /** Makes room for one more table; answers its number. O(nodes). */
    int addTable() {
        int needed = 1 + 2 * (tables + 1);
        if (needed > stride) {
            // A power of two, so that a row does not lie on more cache lines than it must.
            int wider = Integer.highestOneBit(needed - 1) << 1;
            long[] wide = new long[CacheLines.FIRST_WORD + Math.multiplyExact(nodes, wider)];
            for (int node = 0; node < nodes; node++) {
                System.arraycopy(words, row(node), wide, CacheLines.FIRST_WORD + node * wider, stride);
            }
            stride = wider;
            words = wide;
        }
        return tables++;
    }

    private int row(int node) {
        return CacheLines.FIRST_WORD + node * stride;
    }

    int position(int node) {
        return (int) words[row(node)];
    }

    long eligible(int table, int node) {
        return words[row(node) + 1 + 2 * table];
    }

    void eligible(int table, int node, long classes) {
        words[row(node) + 1 + 2 * table] = classes;
    }

    long room(int table, int node) {
        return words[row(node) + 2 + 2 * table];
    }

    void room(int table, int node, long classes) {
        words[row(node) + 2 + 2 * table] = classes;
    }
}
