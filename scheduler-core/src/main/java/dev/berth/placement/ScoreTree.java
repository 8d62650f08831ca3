package dev.berth.placement;

import java.util.Arrays;

/**
 * The keys of all nodes for one class, in the fixed order, under a tree of minima of degree 16: the smallest key and the
 * first position that has it take O(log nodes), as does a change. About 2.1 bytes a node.
 */
final class ScoreTree {
    /** Key of a position on which the demand does not fit. */
    static final short NONE = Short.MAX_VALUE;

    private static final int SHIFT = 4;
    private static final int DEGREE = 1 << SHIFT;

    private final short[][] levels;

    ScoreTree(int positions) {
        int depth = 1;
        for (int n = positions; n > DEGREE; n = n + DEGREE - 1 >>> SHIFT) {
            depth++;
        }
        levels = new short[depth][];
        int n = Math.max(1, positions);
        for (int level = 0; level < depth; level++) {
            int blocks = n + DEGREE - 1 >>> SHIFT;
            levels[level] = new short[blocks << SHIFT];
            Arrays.fill(levels[level], NONE);
            n = blocks;
        }
    }

    short key(int position) {
        return levels[0][position];
    }

    /**
     * Reads the keys of many positions. They lie far apart; read in one go, the processor waits for all of them about as long
     * as for one.
     */
    void keys(int[] positions, int count, short[] out) {
        short[] keys = levels[0];
        for (int i = 0; i < count; i++) {
            out[i] = keys[positions[i]];
        }
    }

    /** Sets a key without its minima; {@link #rebuild} must follow. */
    void setLeaf(int position, short key) {
        levels[0][position] = key;
    }

    /** Computes all minima anew. */
    void rebuild() {
        for (int level = 1; level < levels.length; level++) {
            short[] above = levels[level];
            int blocks = levels[level - 1].length >>> SHIFT;
            for (int block = 0; block < blocks; block++) {
                above[block] = minimum(levels[level - 1], block);
            }
        }
    }

    void set(int position, short key) {
        short[] level = levels[0];
        short old = level[position];
        if (old == key) {
            return;
        }
        level[position] = key;
        int at = position;
        for (int i = 1; i < levels.length; i++) {
            at >>>= SHIFT;
            short[] above = levels[i];
            short was = above[at];
            short now;
            if (key <= was) {
                now = key;
            } else if (old != was) {
                return;
            } else {
                now = minimum(levels[i - 1], at);
            }
            if (now == was) {
                return;
            }
            above[at] = now;
            old = was;
            key = now;
        }
    }

    private static short minimum(short[] level, int block) {
        int from = block << SHIFT;
        short min = level[from];
        for (int i = from + 1; i < from + DEGREE; i++) {
            min = (short) Math.min(min, level[i]);
        }
        return min;
    }

    /** The smallest key, {@link #NONE} when the demand fits nowhere. */
    short minimum() {
        return minimum(levels[levels.length - 1], 0);
    }

    /** First position with the smallest key. */
    int first() {
        short min = minimum();
        int block = 0;
        for (int level = levels.length - 1; level >= 0; level--) {
            short[] keys = levels[level];
            int at = block << SHIFT;
            while (keys[at] != min) {
                at++;
            }
            block = at;
        }
        return block;
    }

    /**
     * First position with the smallest key among those whose node is allowed, or -1. Looks only below minima that are smaller
     * than the best found so far.
     */
    int first(NodeSet allowed, int[] nodeAt) {
        return search(levels.length - 1, 0, allowed, nodeAt, -1);
    }

    private int search(int level, int block, NodeSet allowed, int[] nodeAt, int best) {
        short[] keys = levels[level];
        int from = block << SHIFT;
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
            int at = from + next;
            short limit = found < 0 ? NONE : levels[0][found];
            if (keys[at] > limit || keys[at] == NONE) {
                return found;
            }
            if (keys[at] == limit && at << SHIFT * level > found) {
                continue;
            }
            if (level > 0) {
                found = search(level - 1, at, allowed, nodeAt, found);
            } else if (allowed.contains(nodeAt[at])) {
                found = at;
            }
        }
        return found;
    }
}
