package dev.berth.placement;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.NodeState;
import dev.berth.ledger.Ledger;
import dev.berth.ledger.NodeReading;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The indexes of the gang classes most recently asked for, kept up to date with every change of a node, within a budget of
 * memory.
 */
final class GangIndexes implements Engine.NodeListener {
    /** Each kind has an index of its own, and all of one gang are there at once. */
    private static final int MAX_KINDS = 64;

    final CellTree tree;
    final Islands islands;
    private final Engine engine;
    private final int most;
    private final Map<GangClass, Entry> entries = new HashMap<>();
    private final Map<GangClass, int[]> inEmptyCluster = new HashMap<>();
    private final Map<GangClass, int[]> withoutCaps = new HashMap<>();
    private GangIndex[] held = new GangIndex[0];
    private @Nullable View empty;
    private long clock;

    /** An index that is kept, or was. */
    static final class Entry {
        private final GangIndex index;
        private boolean dropped;
        private long usedAt;

        Entry(GangIndex index) {
            this.index = index;
        }
    }

    GangIndexes(Engine engine, long bytes) {
        this.engine = engine;
        Cluster cluster = engine.view.cluster();
        tree = new CellTree(cluster.topology(), cluster.nodeCount());
        islands = new Islands(cluster);
        most = (int) Math.max(MAX_KINDS, Math.min(Integer.MAX_VALUE, bytes / (8192 + 16L * tree.cells())));
        engine.listen(this);
    }

    @Override
    public void nodeChanged(View view, int node) {
        for (GangIndex index : held) {
            index.update(node);
        }
    }

    /** Divides the power of a rack again, after it has changed otherwise than by what its nodes do. */
    void divideAgain(int rack) {
        for (GangIndex index : held) {
            RackShares racks = index.shares();
            if (racks != null) {
                racks.divide(rack, index);
            }
        }
    }

    /** The index of a class of a demand, without a look at what the class is made of unless it has been dropped. */
    GangIndex get(GangDemand demand, int i) {
        Entry known = demand.indexes()[i];
        if (known == null || known.dropped) {
            known = entry(demand.classes()[i]);
            demand.indexes()[i] = known;
        }
        known.usedAt = ++clock;
        return known.index;
    }

    GangIndex get(GangClass of) {
        Entry entry = entry(of);
        entry.usedAt = ++clock;
        return entry.index;
    }

    private Entry entry(GangClass of) {
        Entry entry = entries.get(of);
        if (entry == null) {
            if (entries.size() >= most) {
                dropOldest();
            }
            entry = new Entry(new GangIndex(of, tree, islands, eligible(of), engine.view, true));
            entries.put(of, entry);
            held = Arrays.copyOf(held, held.length + 1);
            held[held.length - 1] = entry.index;
        }
        return entry;
    }

    /** The classes that have an index. */
    Set<GangClass> classes() {
        return Set.copyOf(entries.keySet());
    }

    /** Drops the indexes of all other classes. */
    void keep(Set<GangClass> classes) {
        entries.forEach((of, entry) -> entry.dropped = !classes.contains(of));
        entries.keySet().retainAll(classes);
        rebuildHeld();
    }

    private void rebuildHeld() {
        held = entries.values().stream().map(entry -> entry.index).toArray(GangIndex[]::new);
    }

    private void dropOldest() {
        GangClass oldest = null;
        long usedAt = Long.MAX_VALUE;
        for (Map.Entry<GangClass, Entry> entry : entries.entrySet()) {
            if (entry.getValue().usedAt < usedAt) {
                usedAt = entry.getValue().usedAt;
                oldest = entry.getKey();
            }
        }
        Entry dropped = entries.remove(oldest);
        if (dropped != null) {
            dropped.dropped = true;
        }
        rebuildHeld();
    }

    private long[] eligible(GangClass of) {
        long[] bits = engine.eligibleNodes(of.demand()).clone();
        Cluster cluster = engine.view.cluster();
        GangKind kind = of.kind();
        for (int node = 0; node < tree.nodes; node++) {
            if (missesTier(node, of.memberOf())
                    || missesTier(node, of.segmentTier())
                    || kind != null && !kind.has(cluster, node)) {
                bits[node >>> 6] &= ~(1L << node);
            }
        }
        return bits;
    }

    /** The classes of a gang: one for each kind of nodes that are the same in what it asks to be. O(nodes). */
    List<GangClass> classes(GangClass all, GangRequest request) {
        if (!GangKind.askedFor(request)) {
            return List.of(all);
        }
        Set<GangKind> kinds = new LinkedHashSet<>();
        long[] bits = engine.eligibleNodes(all.demand());
        for (int node = 0; node < tree.nodes; node++) {
            GangKind kind = GangKind.of(engine.view.cluster(), node, request);
            if (kind != null && (bits[node >>> 6] >>> node & 1) != 0) {
                kinds.add(kind);
            }
        }
        if (kinds.size() > MAX_KINDS) {
            throw new IllegalArgumentException("sameLabels is " + request.sameLabels() + " with " + kinds.size()
                    + " different sets of values among the nodes, allowed: " + MAX_KINDS);
        }
        return kinds.stream().map(all::ofKind).toList();
    }

    private boolean missesTier(int node, int tier) {
        return tier >= 0 && tree.topology.domainOf(tier, node) < 0;
    }

    /** An index of a class as it would be if all nodes were ready and nobody held anything. O(nodes), not kept. */
    GangIndex inEmptyCluster(GangClass of) {
        return inEmptyCluster(of, true);
    }

    private GangIndex inEmptyCluster(GangClass of, boolean capped) {
        return new GangIndex(of, tree, islands, eligible(of), emptyView(), capped);
    }

    /**
     * Most tasks that one domain of each tier would have room for in an empty cluster; empty when that depends on how racks that are
     * short of power are divided.
     */
    int[] mostInEmptyCluster(GangClass of) {
        return inEmptyCluster.computeIfAbsent(of, any -> {
            GangIndex index = inEmptyCluster(of, true);
            return index.hasCuts() ? new int[0] : most(index);
        });
    }

    /** The same if no rack had a power cap: never fewer than fit at any time. */
    int[] mostWithoutCaps(GangClass of) {
        return withoutCaps.computeIfAbsent(of, any -> most(inEmptyCluster(of, false)));
    }

    private int[] most(GangIndex index) {
        int[] tasks = new int[tree.tiers];
        for (int t = 0; t < tasks.length; t++) {
            tasks[t] = index.mostTasks(t);
        }
        return tasks;
    }

    private View emptyView() {
        View view = empty;
        if (view == null) {
            Cluster cluster = engine.view.cluster();
            Ledger ledger = Ledger.of(cluster);
            view = new View(cluster);
            NodeReading reading = new NodeReading();
            for (int node = 0; node < cluster.nodeCount(); node++) {
                ledger.setState(node, NodeState.READY);
                ledger.read(node, reading);
                view.set(node, reading);
            }
            empty = view;
        }
        return view;
    }
}
