package dev.berth.placement;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.NodeState;
import dev.berth.ledger.Ledger;
import dev.berth.ledger.NodeReading;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The indexes of the gang classes most recently asked for, kept up to date with every change of a node, within a budget of
 * memory.
 */
final class GangIndexes implements NodeListener {
    final CellTree tree;
    private final Engine engine;
    private final int most;
    private final Map<GangClass, Entry> entries = new HashMap<>();
    private final Map<GangClass, int[]> inEmptyCluster = new HashMap<>();
    private GangIndex[] held = new GangIndex[0];
    private @Nullable View empty;
    private long clock;

    private static final class Entry {
        private final GangIndex index;
        private long usedAt;

        Entry(GangIndex index) {
            this.index = index;
        }
    }

    GangIndexes(Engine engine, long bytes) {
        this.engine = engine;
        Cluster cluster = engine.view.cluster();
        tree = new CellTree(cluster.topology(), cluster.nodeCount());
        most = (int) Math.max(4, Math.min(Integer.MAX_VALUE, bytes / (8192 + 16L * tree.cells())));
        engine.listen(this);
    }

    @Override
    public void nodeChanged(View view, int node) {
        for (GangIndex index : held) {
            index.set(node, index.roomNow(view, node));
        }
    }

    GangIndex get(GangClass of) {
        Entry entry = entries.get(of);
        if (entry == null) {
            if (entries.size() >= most) {
                dropOldest();
            }
            entry = new Entry(new GangIndex(of, tree, eligible(of), engine.view));
            entries.put(of, entry);
            held = Arrays.copyOf(held, held.length + 1);
            held[held.length - 1] = entry.index;
        }
        entry.usedAt = ++clock;
        return entry.index;
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
        entries.remove(oldest);
        held = entries.values().stream().map(entry -> entry.index).toArray(GangIndex[]::new);
    }

    private long[] eligible(GangClass of) {
        long[] bits = engine.eligibleNodes(of.demand()).clone();
        for (int node = 0; node < tree.nodes; node++) {
            if (missesTier(node, of.memberOf()) || missesTier(node, of.segmentTier())) {
                bits[node >>> 6] &= ~(1L << node);
            }
        }
        return bits;
    }

    private boolean missesTier(int node, int tier) {
        return tier >= 0 && tree.topology.domainOf(tier, node) < 0;
    }

    /** Most tasks that one domain of each tier would have room for if all nodes were ready and nobody held anything. */
    int[] mostInEmptyCluster(GangClass of) {
        return inEmptyCluster.computeIfAbsent(of, any -> {
            GangIndex index = new GangIndex(of, tree, eligible(of), emptyView());
            int[] tasks = new int[tree.tiers];
            for (int t = 0; t < tasks.length; t++) {
                tasks[t] = index.mostTasks(t);
            }
            return tasks;
        });
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
