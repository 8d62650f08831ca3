package dev.berth.placement;

import java.util.Arrays;

/**
 * Chooses nodes inside a domain so that the domains below it stay whole for others: all tasks in the child that they fit most
 * tightly where one has room, else in the fewest children, small ones first. Its buffers are used again.
 */
final class GangDescent {
    private long[] children = new long[256];

    /**
     * Takes nodes for so many tasks.
     *
     * @param units tasks, or segments for a cell above the segment tier; not more than the cell has room for
     * @param out where nodes are added, in any order
     */
    void take(GangIndex index, int cell, int units, NodeTasks out) {
        take(index, cell, units, out, 0);
    }

    private void take(GangIndex index, int cell, int units, NodeTasks out, int base) {
        CellTree tree = index.tree;
        int at = cell;
        int need = units;
        while (at >= tree.nodes) {
            int best = -1;
            int tightest = Integer.MAX_VALUE;
            int count = base;
            for (int i = 0, of = tree.childCount(at); i < of; i++) {
                int child = tree.child(at, i);
                int room = index.unitsOf(child, at);
                if (room >= need && room < tightest) {
                    tightest = room;
                    best = child;
                }
                if (room > 0 && best < 0) {
                    count = push(count, (long) room << 32 | child);
                }
            }
            if (best < 0) {
                takeFewest(index, at, need, out, base, count);
                return;
            }
            need = index.convert(need, at, best);
            at = best;
        }
        out.add(at, need);
    }

    private int push(int at, long word) {
        if (at == children.length) {
            children = Arrays.copyOf(children, 2 * at);
        }
        children[at] = word;
        return at + 1;
    }

    private static int room(long word) {
        return (int) (word >>> 32);
    }

    /**
     * The fewest children that hold all, as many as the largest ones need to be; of these each time the smallest with which the
     * rest still fits into the largest ones. The last one is given what remains.
     */
    private void takeFewest(GangIndex index, int cell, int units, NodeTasks out, int base, int end) {
        Arrays.sort(children, base, end);
        int from = end;
        long largest = 0;
        while (largest < units) {
            largest += room(children[--from]);
        }
        int rest = units;
        int at = base;
        for (; rest > 0; from++) {
            // Of the largest children, those from here on stay for later; without them this one must do the rest.
            largest -= room(children[from]);
            while (room(children[at]) + largest < rest) {
                at++;
            }
            int child = (int) children[at];
            int taken = Math.min(rest, room(children[at]));
            rest -= taken;
            at++;
            take(index, child, index.convert(taken, cell, child), out, end);
        }
    }
}
