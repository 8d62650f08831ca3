package dev.berth.placement;

import dev.berth.cluster.Cluster;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Looks for one set of GPUs, the same on all nodes, that a rail-aligned gang can have: the nodes are of one kind, so that equal
 * GPUs are on equal rails. One node may give fewer of them. The more tasks a node takes, the better. Nodes on which tasks of the gang stand already are filled
 * up to the set, but for one at most. Of a rack that is short of power the nodes are taken that need least of it, so that none is
 * wanting that could be had. O(nodes * log nodes + 2^GPUs * GPUs) for each number of tasks on a node, where racks are short of power
 * O(nodes * log nodes) for each set and each node that might give fewer.
 */
final class RailSets {
    private static final int PLACE_BITS = 20;
    private static final int PLACE = (1 << PLACE_BITS) - 1;

    private View view;
    private PowerBudget power;
    private Demand demand;
    private @Nullable GangStanding standing;
    private int gpusPerTask;
    private int gpuCount;
    private int[] nodes = new int[64];
    private int[] rooms = new int[64];
    private int size;
    private int[] having = new int[0];
    private int standingMask;
    private int set;
    private int tasksEach;
    private long[] order = new long[64];
    private long[] ones = new long[64];
    private boolean ordered;
    /** Tasks that each node is given. */
    private int[] given = new int[64];

    RailSets(View anyView, Demand anyDemand) {
        view = anyView;
        power = anyView.power();
        demand = anyDemand;
    }

    void begin(View on, Demand of, @Nullable GangStanding beside) {
        view = on;
        power = on.power();
        demand = of;
        standing = beside;
        gpusPerTask = of.wholeGpus();
    }

    void clear() {
        size = 0;
        gpuCount = 0;
        standingMask = 0;
    }

    void add(int node, int room) {
        if (size == nodes.length) {
            nodes = Arrays.copyOf(nodes, 2 * size);
            rooms = Arrays.copyOf(rooms, 2 * size);
            order = new long[2 * size];
            ones = new long[2 * size];
            given = new int[2 * size];
        }
        nodes[size] = node;
        rooms[size++] = room;
        gpuCount = Math.max(gpuCount, view.cluster().gpuCount(node));
        standingMask |= maskOn(node);
    }

    private int maskOn(int node) {
        return standing == null ? 0 : standing.maskOn(node);
    }

    /** Tasks that stand on the {@code i}-th node. */
    private int stand(int i) {
        return standing == null ? 0 : standing.tasksOn(nodes[i]);
    }

    /** Looks for a set with which so many further tasks fit. */
    boolean find(int tasks) {
        int all = tasks;
        int most = 0;
        for (int i = 0; i < size; i++) {
            all += stand(i);
            most = Math.max(most, stand(i));
        }
        for (tasksEach = Math.min(all, gpuCount / gpusPerTask); tasksEach >= Math.max(1, most); tasksEach--) {
            count();
            for (set = 1; set < having.length; set++) {
                boolean may = Integer.bitCount(set) == tasksEach * gpusPerTask && (standingMask & ~set) == 0;
                if (may && holds(tasks)) {
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

    /** Tries each node as the one that gives fewer, and none. */
    private boolean holds(int wanted) {
        if (standing == null && having[set] < wanted / tasksEach) {
            return false;
        }
        int fill = 0;
        int unfilled = 0;
        for (int i = 0; i < size; i++) {
            if (stand(i) > 0) {
                int more = tasksEach - stand(i);
                fill += more;
                unfilled += takes(i, more) ? 0 : 1;
            }
        }
        int rest = wanted - fill;
        ordered = false;
        if (unfilled == 0 && rest >= 0 && rest % tasksEach == 0 && fits(-1, 0, rest / tasksEach)) {
            return true;
        }
        for (int at = 0; at < orderOnes(); at++) {
            int i = (int) ones[at] & PLACE;
            int more = stand(i) > 0 ? tasksEach - stand(i) : 0;
            boolean othersFilled = unfilled == 0 || unfilled == 1 && more > 0 && !takes(i, more);
            int left = rest + more;
            if (othersFilled && left >= 0 && (stand(i) == 0 ? left % tasksEach > 0 : left % tasksEach < more)) {
                int here = left % tasksEach;
                if (takes(i, here) && fits(i, here, left / tasksEach)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Sorts the nodes as they are to be tried: those without the whole set first, and of these the ones with least else free. */
    private int orderOnes() {
        if (!ordered) {
            for (int i = 0; i < size; i++) {
                int free = Integer.bitCount(view.freeGpuMask(nodes[i]));
                ones[i] = (long) (takesAll(i) ? Cluster.MAX_GPUS_PER_NODE + free + 1 : free) << PLACE_BITS | i;
            }
            LongSort.sort(ones, 0, size);
            ordered = true;
        }
        return size;
    }

    /** Whether the {@code i}-th node can give so many further tasks GPUs of the set. */
    private boolean takes(int i, int tasks) {
        return rooms[i] >= tasks && Integer.bitCount(set & view.freeGpuMask(nodes[i])) >= tasks * gpusPerTask;
    }

    private boolean takesAll(int i) {
        return stand(i) == 0 && rooms[i] >= tasksEach && (set & ~view.freeGpuMask(nodes[i])) == 0;
    }

    /** Gives {@code here} tasks to one node, fills up all others on which tasks stand, and takes so many new ones. */
    private boolean fits(int one, int here, int newNodes) {
        int spare = one >= 0 && takesAll(one) ? 1 : 0;
        if (having[set] - spare < newNodes) {
            return false;
        }
        boolean borne = true;
        for (int i = 0; i < size; i++) {
            given[i] = i == one ? here : stand(i) > 0 ? tasksEach - stand(i) : 0;
            borne &= given[i] == 0 || power.askIfBorne(nodes[i], busy(i));
        }
        int left = borne ? takeNew(one, newNodes) : 1;
        power.forget();
        return left == 0;
    }

    /** Takes new nodes, those that add least to their racks' draw first, and of these the ones with least else free; returns how many are missing. */
    private int takeNew(int one, int newNodes) {
        int candidates = 0;
        for (int i = 0; i < size && newNodes > 0; i++) {
            if (i != one && takesAll(i)) {
                given[i] = tasksEach;
                long added = power.addedW(nodes[i], busy(i));
                given[i] = 0;
                order[candidates++] =
                        added << PLACE_BITS + 6 | (long) Integer.bitCount(view.freeGpuMask(nodes[i])) << PLACE_BITS | i;
            }
        }
        LongSort.sort(order, 0, candidates);
        int left = newNodes;
        for (int c = 0; c < candidates && left > 0; c++) {
            int i = (int) order[c] & PLACE;
            given[i] = tasksEach;
            if (power.askIfBorne(nodes[i], busy(i))) {
                left--;
            } else {
                given[i] = 0;
            }
        }
        return left;
    }

    private int busy(int i) {
        return view.moreBusyGpus(nodes[i], demand, given[i]);
    }

    /** The GPUs that each node gives. */
    int set() {
        return set;
    }

    /** Adds the nodes that were found, with so many further tasks each. */
    void take(NodeTasks out) {
        for (int i = 0; i < size; i++) {
            if (given[i] > 0) {
                out.add(nodes[i], given[i]);
            }
        }
    }

    /** Has the nodes that were added, in the same order, have room for what was found and no more. */
    void tellRooms(GangParts parts) {
        for (int i = 0; i < size; i++) {
            parts.room(i, given[i]);
        }
    }
}
