package dev.berth.placement;

import java.util.Arrays;

/**
 * Chooses nodes inside a domain so that the domains below it stay whole for others: all tasks in the child that they fit most
 * tightly where one has room, else in the fewest children. Its buffers are used again.
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
            int end = base;
            for (int i = 0, of = tree.childCount(at); i < of; i++) {
                int child = tree.child(at, i);
                int room = index.unitsOf(child, at);
                if (room >= need && room < tightest) {
                    tightest = room;
                    best = child;
                }
                if (room > 0 && best < 0) {
                    end = push(end, Fewest.word(room, child));
                }
            }
            if (best < 0) {
                takeFewest(index, at, need, out, base, end);
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

    private void takeFewest(GangIndex index, int cell, int units, NodeTasks out, int base, int end) {
        int top = base + Fewest.select(children, base, end, units);
        for (int i = base; i < top; i++) {
            int child = Fewest.id(children[i]);
            take(index, child, index.convert(Fewest.units(children[i]), cell, child), out, top);
        }
    }
}
