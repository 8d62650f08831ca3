package dev.berth.placement;

import dev.berth.cluster.Cluster;
import java.util.Map;

/**
 * The scores of one class on all nodes, brought up to date from the change log when the class is asked for.
 */
final class ClassIndex {
    private final Demand demand;
    private final Engine engine;
    private final ScoreTree tree;
    private final long[] eligible;
    private long seenUpTo = -1;

    ClassIndex(Demand demand, Engine engine) {
        this.demand = demand;
        this.engine = engine;
        Cluster cluster = engine.view.cluster();
        tree = new ScoreTree(cluster.nodeCount());
        eligible = new long[cluster.nodeCount() + 63 >>> 6];
        for (int node = 0; node < cluster.nodeCount(); node++) {
            if (eligible(cluster, node, demand)) {
                eligible[node >>> 6] |= 1L << node;
            }
        }
    }

    /** Whether a node could ever take the demand, whatever is free: model, GPU memory, labels, names of resources. */
    static boolean eligible(Cluster cluster, int node, Demand demand) {
        return demand.unknownCounted().isEmpty()
                && modelWillDo(cluster, node, demand)
                && memoryWillDo(cluster, node, demand)
                && labelled(cluster, node, demand);
    }

    static boolean modelWillDo(Cluster cluster, int node, Demand demand) {
        return demand.cpuOnly() || cluster.gpuModelId(node) >= 0 && demand.allowsModel(cluster.gpuModelId(node));
    }

    static boolean memoryWillDo(Cluster cluster, int node, Demand demand) {
        return cluster.gpuMemoryMib(node) >= demand.request().minGpuMemoryMib();
    }

    static boolean labelled(Cluster cluster, int node, Demand demand) {
        if (demand.request().labels().isEmpty()) {
            return true;
        }
        Map<String, String> labels = cluster.labels(node);
        for (Map.Entry<String, String> wanted : demand.request().labels().entrySet()) {
            if (!wanted.getValue().equals(labels.get(wanted.getKey()))) {
                return false;
            }
        }
        return true;
    }

    /** Makes all keys stale. */
    void invalidate() {
        seenUpTo = -1;
    }

    /** Brings all keys up to date. O(nodes) the first time, then O(changes since the last time). */
    ScoreTree upToDate() {
        ChangeLog log = engine.log;
        if (seenUpTo < 0 || !log.reachesBackTo(seenUpTo)) {
            int[] nodeAt = engine.nodeAt;
            for (int position = 0; position < nodeAt.length; position++) {
                tree.setLeaf(position, key(nodeAt[position]));
            }
            tree.rebuild();
        } else {
            for (long at = seenUpTo; at < log.end(); at++) {
                int node = log.node(at);
                // A node that changes again later in the log is scored once, then.
                if (log.isLast(node, at)) {
                    tree.set(engine.positionOf[node], key(node));
                }
            }
        }
        seenUpTo = log.end();
        return tree;
    }

    private short key(int node) {
        if ((eligible[node >>> 6] >>> node & 1) == 0 || !engine.view.hasRoom(node, demand)) {
            return ScoreTree.NONE;
        }
        int key = engine.scorer.key(engine.view, node, demand);
        return (short) Math.max(NodeScorer.MIN_KEY, Math.min(NodeScorer.MAX_KEY, key));
    }
}
