package dev.berth.placement;

import java.util.Arrays;

/**
 * Looks for one set of GPUs, the same on all nodes, that a rail-aligned gang can have: the nodes are of one kind, so that equal
 * GPUs are on equal rails. The more tasks a node takes, the better. O(nodes + 2^GPUs * GPUs) for each number of tasks on a node.
 */
final class RailSets {
    private final View view;
    private int gpusPerTask;
    private int gpuCount;
    private int[] nodes = new int[64];
    private int[] rooms = new int[64];
    private int size;
    private int[] having = new int[0];
    private int set;
    private int tasksEach;
    private int wanted;
    private long[] words = new long[64];

    RailSets(View view) {
        this.view = view;
    }

    void begin(Demand demand) {
        gpusPerTask = demand.wholeGpus();
    }

    void clear() {
        size = 0;
        gpuCount = 0;
    }

    void add(int node, int room) {
        if (size == nodes.length) {
            nodes = Arrays.copyOf(nodes, 2 * size);
            rooms = Arrays.copyOf(rooms, 2 * size);
            words = new long[2 * size];
        }
        nodes[size] = node;
        rooms[size++] = room;
        gpuCount = Math.max(gpuCount, view.cluster().gpuCount(node));
    }

    /** Looks for a set with which so many tasks fit. */
    boolean find(int tasks) {
        wanted = tasks;
        for (tasksEach = Math.min(tasks, gpuCount / gpusPerTask); tasksEach > 0; tasksEach--) {
            count();
            for (set = 1; set < having.length; set++) {
                if (Integer.bitCount(set) == tasksEach * gpusPerTask && holds()) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Counts for each set of GPUs the nodes on which all of it is free. */
    private void count() {
        int sets = 1 << gpuCount;
        having = having.length == sets ? having : new int[sets];
        Arrays.fill(having, 0);
        for (int i = 0; i < size; i++) {
            having[rooms[i] >= tasksEach ? view.freeGpuMask(nodes[i]) : 0]++;
        }
        for (int gpu = 1; gpu < sets; gpu <<= 1) {
            for (int of = 0; of < sets; of++) {
                having[of] += (of & gpu) == 0 ? having[of | gpu] : 0;
            }
        }
    }

    private boolean holds() {
        int full = wanted / tasksEach;
        int rest = wanted % tasksEach;
        if (having[set] < full) {
            return false;
        }
        boolean found = rest == 0 || having[set] > full;
        for (int i = 0; i < size && !found; i++) {
            found = !takesAll(i) && takes(i, rest);
        }
        return found;
    }

    private boolean takesAll(int i) {
        return rooms[i] >= tasksEach && (set & ~view.freeGpuMask(nodes[i])) == 0;
    }

    private boolean takes(int i, int tasks) {
        return rooms[i] >= tasks && Integer.bitCount(set & view.freeGpuMask(nodes[i])) >= tasks * gpusPerTask;
    }

    /** The GPUs that each node gives. */
    int set() {
        return set;
    }

    /** Takes nodes for the tasks with the set that was found, those with least else free first. */
    void take(NodeTasks out) {
        int candidates = 0;
        for (int i = 0; i < size; i++) {
            if (takesAll(i)) {
                words[candidates++] = Fewest.word(Integer.bitCount(view.freeGpuMask(nodes[i])), i);
            }
        }
        LongSort.sort(words, 0, candidates);
        int full = wanted / tasksEach;
        for (int i = 0; i < full; i++) {
            out.add(nodes[Fewest.id(words[i])], tasksEach);
        }
        int rest = wanted % tasksEach;
        if (rest > 0) {
            out.add(nodes[lastNode(rest, full, candidates)], rest);
        }
    }

    private int lastNode(int rest, int full, int candidates) {
        int best = -1;
        for (int i = 0; i < size; i++) {
            if (!takesAll(i) && takes(i, rest) && (best < 0 || free(i) < free(best))) {
                best = i;
            }
        }
        return best < 0 && full < candidates ? Fewest.id(words[full]) : best;
    }

    private int free(int i) {
        return Integer.bitCount(view.freeGpuMask(nodes[i]));
    }
}
