package dev.berth.placement;

import java.util.Arrays;

/**
 * The keys of all nodes for several classes, each class in a column of its own, in the fixed order, under a tree of minima of
 * degree 16: the smallest key and the first position that has it take O(log nodes), as does a change. About 2.1 bytes a node
 * and column.
 *
 * <p>The keys of 16 neighbouring positions stand side by side for one column after the other, so that the keys of one node,
 * which change together, are within a few pages of each other, and those that a minimum is taken of within one cache line.
 */
final class ScoreTrees {
    /** Key of a position on which the demand does not fit. */
    static final short NONE = Short.MAX_VALUE;

    private static final int SHIFT = 4;
    private static final int DEGREE = 1 << SHIFT;

    private final short[][] levels;
    private int columns;

    ScoreTrees(int positions, int columns) {
        this.columns = columns;
        int depth = 1;
        for (int n = positions; n > DEGREE; n = n + DEGREE - 1 >>> SHIFT) {
            depth++;
        }
        levels = new short[depth][];
        int n = Math.max(1, positions);
        for (int level = 0; level < depth; level++) {
            int blocks = n + DEGREE - 1 >>> SHIFT;
            levels[level] = new short[Math.multiplyExact(blocks << SHIFT, columns)];
            Arrays.fill(levels[level], NONE);
            n = blocks;
        }
    }

    int columns() {
        return columns;
    }

    /** Adds columns, in which nothing fits anywhere. O(nodes x columns). */
    void widen(int to) {
        for (int level = 0; level < levels.length; level++) {
            short[] narrow = levels[level];
            int tile = columns << SHIFT;
            short[] wide = new short[Math.multiplyExact(narrow.length / columns, to)];
            Arrays.fill(wide, NONE);
            for (int from = 0, into = 0; from < narrow.length; from += tile, into += to << SHIFT) {
                System.arraycopy(narrow, from, wide, into, tile);
            }
            levels[level] = wide;
        }
        columns = to;
    }

    private int cell(int column, int at) {
        return ((at >>> SHIFT) * columns + column << SHIFT) + (at & DEGREE - 1);
    }

    short key(int column, int position) {
        return levels[0][cell(column, position)];
    }

    /**
     * Reads the keys of a position in many columns. They are mostly out of reach; read in one go, the processor waits for all
     * of them about as long as for one.
     *
     * @param of the columns, a bit each
     * @param out overwritten for these columns
     */
    void keys(int position, long of, short[] out) {
        short[] keys = levels[0];
        int from = cell(0, position);
        for (long bits = of; bits != 0; bits &= bits - 1) {
            int column = Long.numberOfTrailingZeros(bits);
            out[column] = keys[from + (column << SHIFT)];
        }
    }

    /** Sets a key without its minima; {@link #rebuild} must follow. */
    void setLeaf(int column, int position, short key) {
        levels[0][cell(column, position)] = key;
    }

    /** Computes all minima of a column anew. */
    void rebuild(int column) {
        for (int level = 1; level < levels.length; level++) {
            int blocks = levels[level - 1].length / columns >>> SHIFT;
            for (int block = 0; block < blocks; block++) {
                levels[level][cell(column, block)] = minimum(level - 1, column, block);
            }
        }
    }

    void set(int column, int position, short key) {
        int leaf = cell(column, position);
        short old = levels[0][leaf];
        if (old == key) {
            return;
        }
        levels[0][leaf] = key;
        int at = position;
        for (int level = 1; level < levels.length; level++) {
            at >>>= SHIFT;
            int cell = cell(column, at);
            short was = levels[level][cell];
            short now;
            if (key <= was) {
                now = key;
            } else if (old != was) {
                return;
            } else {
                now = minimum(level - 1, column, at);
            }
            if (now == was) {
                return;
            }
            levels[level][cell] = now;
            old = was;
            key = now;
        }
    }

    private short minimum(int level, int column, int block) {
        short[] keys = levels[level];
        int from = block * columns + column << SHIFT;
        short min = keys[from];
        for (int i = from + 1; i < from + DEGREE; i++) {
            min = (short) Math.min(min, keys[i]);
        }
        return min;
    }

    /** The smallest key of a column, {@link #NONE} when the demand fits nowhere. */
    short minimum(int column) {
        return minimum(levels.length - 1, column, 0);
    }

    /** First position with the smallest key. */
    int first(int column) {
        short min = minimum(column);
        int at = 0;
        for (int level = levels.length - 1; level >= 0; level--) {
            short[] keys = levels[level];
            int from = at * columns + column << SHIFT;
            int i = 0;
            while (keys[from + i] != min) {
                i++;
            }
            at = (at << SHIFT) + i;
        }
        return at;
    }

    /**
     * First position with the smallest key among those whose node is allowed, or -1. Looks only below minima that are smaller
     * than the best found so far.
     */
    int first(int column, NodeSet allowed, int[] nodeAt) {
        return search(levels.length - 1, column, 0, allowed, nodeAt, -1);
    }

    private int search(int level, int column, int block, NodeSet allowed, int[] nodeAt, int best) {
        short[] keys = levels[level];
        int from = block * columns + column << SHIFT;
        int found = best;
        int visited = 0;
        for (int visit = 0; visit < DEGREE; visit++) {
            // Smallest minimum first, so that a good key is found early and cuts off the rest.
            int next = -1;
            for (int i = 0; i < DEGREE; i++) {
                if ((visited >>> i & 1) == 0 && (next < 0 || keys[from + i] < keys[from + next])) {
                    next = i;
                }
            }
            visited |= 1 << next;
            int at = (block << SHIFT) + next;
            short smallest = keys[from + next];
            short limit = found < 0 ? NONE : key(column, found);
            if (smallest > limit || smallest == NONE) {
                return found;
            }
            if (smallest == limit && at << SHIFT * level > found) {
                continue;
            }
            if (level > 0) {
                found = search(level - 1, column, at, allowed, nodeAt, found);
            } else if (allowed.contains(nodeAt[at])) {
                found = at;
            }
        }
        return found;
    }
}
