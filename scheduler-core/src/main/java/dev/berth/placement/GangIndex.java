package dev.berth.placement;

import org.jspecify.annotations.Nullable;

/**
 * For how many tasks of one class each node, and each domain of each tier, has room now. A change of a node runs up the tree,
 * O(tiers); the tightest domain that has room is looked up in buckets.
 *
 * <p>Where the tasks stay together in segments, domains of the segment tier and below count tasks, and those above it count
 * whole segments.
 */
final class GangIndex implements RackShares.Receiver {
    /** Among so many equally tight domains the one is sought that leaves most whole above it. */
    private static final int LOOKED_AT = 64;
    /** So many domains of the next tier are looked at, from the tightest on, for one that has an equally tight domain. */
    private static final int PARENTS_LOOKED_AT = 8;

    final CellTree tree;
    private final GangClass gangClass;
    private final long[] eligible;
    private final int segmentTier;
    private final int segmentTasks;
    private final int[] room;
    /** Free GPUs of each node: of two nodes with room for as many tasks, the one with fewer left over is tighter. */
    private final byte[] freeGpus;

    private final CapacityBuckets[] buckets;
    /** Room of each island, null where islands are nodes or tasks take no whole GPUs. */
    private final @Nullable CapacityBuckets islandBuckets;

    private final Islands islands;
    private final View view;
    /** Null where no rack has a power cap. */
    private final @Nullable RackShares shares;

    /**
     * An index of the nodes as they are. O(nodes * tiers).
     *
     * @param eligible the nodes that could ever take a task, a bit each
     * @param capped whether the power caps of racks hold
     */
    GangIndex(GangClass gangClass, CellTree tree, Islands islands, long[] eligible, View view, boolean capped) {
        this.tree = tree;
        this.gangClass = gangClass;
        this.eligible = eligible;
        segmentTier = gangClass.segmentTier() >= 0 ? gangClass.segmentTier() : tree.tiers;
        segmentTasks = gangClass.segmentTasks();
        room = new int[tree.cells()];
        freeGpus = new byte[tree.nodes];
        buckets = new CapacityBuckets[tree.tiers];
        for (int t = 0; t < buckets.length; t++) {
            buckets[t] = new CapacityBuckets(tree.cellAt[t].length);
        }
        this.islands = islands;
        islandBuckets =
                islands.several() && gangClass.demand().wholeGpus() > 0 ? new CapacityBuckets(islands.count()) : null;
        this.view = view;
        shares = capped && view.power().hasCaps() ? new RackShares(view, gangClass, eligible) : null;
        for (int node = 0; node < tree.nodes; node++) {
            if (shares == null || shares.rackOf(node) < 0 || shares.isFirst(node)) {
                update(node);
            }
        }
    }

    /** Takes over what a node has room for as the view shows it, O(tiers); where its rack is short of power, all nodes of the rack. */
    void update(int node) {
        if (shares != null && shares.rackOf(node) >= 0) {
            shares.unlimit(node);
            shares.divide(shares.rackOf(node), this);
        } else if (mayTake(node)) {
            room(node, gangClass.room(view, node));
        }
    }

    /** Whether a node could ever take a task. */
    boolean mayTake(int node) {
        return (eligible[node >>> 6] >>> node & 1) != 0;
    }

    /** Has a node count as having room for so many tasks at most until it is {@linkplain #update updated}. */
    void limit(int node, int tasks) {
        if (shares != null && shares.rackOf(node) >= 0) {
            shares.limit(node, Math.max(0, tasks));
            shares.divide(shares.rackOf(node), this);
        } else {
            room(node, gangClass.wholeSegments(Math.min(room[node], Math.max(0, tasks))));
        }
    }

    /** Has a node count as full until it is {@linkplain #update updated}. */
    void exclude(int node) {
        limit(node, 0);
    }

    /** Whether, in some rack that is short of power, another division could give a node more. */
    boolean hasCuts() {
        return shares != null && shares.anyCut();
    }

    /** Whether a node's rack is one of these. */
    boolean isCut(int node) {
        return shares != null && shares.isCut(node);
    }

    /** What a node has room for if it is given all the power that its rack has left. */
    int alone(int node) {
        return shares == null || shares.rackOf(node) < 0 ? room[node] : shares.alone(node);
    }

    /** How racks are divided, null where none has a power cap. */
    @Nullable
    RackShares shares() {
        return shares;
    }

    /** The nodes as they are. */
    View view() {
        return view;
    }

    /** Gives a node room for so many tasks. */
    @Override
    public void room(int node, int tasks) {
        freeGpus[node] = (byte) Integer.bitCount(view.freeGpuMask(node));
        set(node, tasks);
        if (islandBuckets != null) {
            setIslands(islandBuckets, node, tasks == 0 ? 0 : view.freeGpuMask(node));
        }
    }

    private void setIslands(CapacityBuckets rooms, int node, int freeMask) {
        int gpus = gangClass.demand().wholeGpus();
        for (int i = islands.first(node); i < islands.first(node + 1); i++) {
            rooms.set(i, Math.min(room[node], Integer.bitCount(freeMask & islands.maskOf(i)) / gpus));
        }
    }

    private void set(int node, int tasks) {
        int delta = tasks - room[node];
        for (int cell = node; cell >= 0 && delta != 0; cell = tree.parent[cell]) {
            int before = room[cell];
            int after = before + delta;
            room[cell] = after;
            int t = tree.tier[cell];
            if (tree.ordinal[cell] >= 0) {
                buckets[t].set(tree.ordinal[cell], after);
            } else if (tree.unionOf[cell] >= 0) {
                int union = tree.unionOf[cell];
                room[union] += delta;
                buckets[t].set(tree.ordinal[union], room[union]);
            }
            if (t == segmentTier) {
                delta = after / segmentTasks - before / segmentTasks;
            }
        }
    }

    /** Room of a cell: tasks, or segments above the segment tier. */
    int room(int cell) {
        return room[cell];
    }

    /** Room of a cell in what the cell above it counts in. */
    int unitsOf(int cell, int above) {
        return tree.tier[above] > segmentTier && tree.tier[cell] <= segmentTier
                ? room[cell] / segmentTasks
                : room[cell];
    }

    /** So many units of a cell in what the cell below it counts in. */
    int convert(int units, int above, int cell) {
        return tree.tier[above] > segmentTier && tree.tier[cell] <= segmentTier ? units * segmentTasks : units;
    }

    /** So many tasks in what the domains of a tier count in. */
    int units(int tier, int tasks) {
        return tier > segmentTier ? tasks / segmentTasks : tasks;
    }

    /** Most tasks, in whole segments, that one domain of a tier has room for. */
    int mostTasks(int tier) {
        int most = buckets[tier].largest();
        return tier > segmentTier ? most * segmentTasks : most - most % segmentTasks;
    }

    /**
     * The domain of a tier in which so many tasks fit most tightly, or -1. Among domains that are equally tight it is one below
     * the tightest of those above, as far as these are looked at, and then the first.
     */
    int tightest(int tier, int tasks) {
        int capacity = buckets[tier].smallestFrom(units(tier, tasks));
        if (capacity < 0) {
            return -1;
        }
        int best = -1;
        int at = buckets[tier].next(capacity, 0);
        for (int i = 0; at >= 0 && i < LOOKED_AT; i++) {
            int cell = tree.cellAt[tier][at];
            best = tier == 0 && best >= 0 && freeGpus[best] != freeGpus[cell]
                    ? freeGpus[best] < freeGpus[cell] ? best : cell
                    : tighterAbove(best, cell);
            at = buckets[tier].next(capacity, at + 1);
        }
        return at < 0 ? best : belowTightParents(tier, capacity, best);
    }

    /**
     * The island in which so many tasks fit most tightly, on the node with fewest free GPUs; -1 when there is none, or islands are
     * not told apart.
     */
    int tightestIsland(int tasks) {
        if (islandBuckets == null) {
            return -1;
        }
        int capacity = islandBuckets.smallestFrom(tasks);
        int best = -1;
        int at = capacity < 0 ? -1 : islandBuckets.next(capacity, 0);
        for (int i = 0; at >= 0 && i < LOOKED_AT; i++) {
            int node = islands.nodeOf(at);
            int sofar = best < 0 ? node : islands.nodeOf(best);
            if (best < 0
                    || freeGpus[node] < freeGpus[sofar]
                    || freeGpus[node] == freeGpus[sofar] && node != sofar && tighterAbove(sofar, node) == node) {
                best = at;
            }
            at = islandBuckets.next(capacity, at + 1);
        }
        return best;
    }

    /** The one of two equally tight cells whose parents are tighter; the first when they are equal. */
    private int tighterAbove(int first, int second) {
        if (first < 0) {
            return second;
        }
        int a = tree.parent[first];
        int b = tree.parent[second];
        while (a != b && a >= 0 && b >= 0) {
            if (room[a] != room[b]) {
                return room[a] < room[b] ? first : second;
            }
            a = tree.parent[a];
            b = tree.parent[b];
        }
        return first;
    }

    private int belowTightParents(int tier, int capacity, int found) {
        int above = tree.parent[found];
        if (above < 0) {
            return found;
        }
        int best = found;
        CapacityBuckets parents = buckets[tree.tier[above]];
        int units = tree.tier[above] > segmentTier && tier <= segmentTier ? capacity / segmentTasks : capacity;
        int looked = 0;
        for (int tight = parents.smallestFrom(Math.max(1, units));
                tight >= 0 && tight < room[above];
                tight = parents.smallestFrom(tight + 1)) {
            for (int at = parents.next(tight, 0); at >= 0; at = parents.next(tight, at + 1)) {
                int child = childWith(tree.cellAt[tree.tier[above]][at], tier, capacity);
                if (child >= 0) {
                    return tighterAbove(best, child);
                }
                if (++looked == PARENTS_LOOKED_AT) {
                    return best;
                }
            }
        }
        return best;
    }

    private int childWith(int cell, int tier, int capacity) {
        for (int i = 0; i < tree.childCount(cell); i++) {
            int child = tree.child(cell, i);
            if (room[child] == capacity && tree.tier[child] == tier && tree.ordinal[child] >= 0) {
                return child;
            }
        }
        return -1;
    }
}
