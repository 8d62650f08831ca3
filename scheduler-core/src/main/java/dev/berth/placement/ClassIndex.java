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
    /** Nodes that could ever take the demand; shared by all classes of which these are the same. */
    private final long[] eligible;

    private long seenUpTo = -1;

    ClassIndex(Demand demand, Engine engine) {
        this.demand = demand;
        this.engine = engine;
        tree = new ScoreTree(engine.nodeAt.length);
        eligible = engine.eligibleNodes(demand);
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
            scoreAll();
        } else {
            replay(log);
        }
        seenUpTo = log.end();
        return tree;
    }

    private void scoreAll() {
        int[] nodeAt = engine.nodeAt;
        for (int position = 0; position < nodeAt.length; position++) {
            tree.setLeaf(position, key(nodeAt[position]));
        }
        tree.rebuild();
    }

    private void replay(ChangeLog log) {
        int cpuMilli = demand.cpuMilli();
        int memoryMib = (int) demand.memoryMib(); // at most Integer.MAX_VALUE, as Request says
        int wholeGpus = demand.wholeGpus();
        int shareMilli = demand.shareMilli();
        engine.makeRoom((int) (log.end() - seenUpTo));
        int[] positions = engine.changedPositions;
        short[] keys = engine.changedKeys;
        int changed = 0;
        for (long at = seenUpTo; at < log.end(); at++) {
            if (log.matters(at, seenUpTo, cpuMilli, memoryMib, wholeGpus, shareMilli)) {
                int node = log.node(at);
                if (isEligible(node)) {
                    positions[changed++] = engine.positionOf[node];
                }
            }
        }
        tree.keys(positions, changed, keys);
        for (int i = 0; i < changed; i++) {
            short key = key(engine.nodeAt[positions[i]]);
            if (key != keys[i]) {
                tree.set(positions[i], key);
            }
        }
    }

    private boolean isEligible(int node) {
        return (eligible[node >>> 6] >>> node & 1) != 0;
    }

    private short key(int node) {
        if (!isEligible(node) || !engine.view.hasRoom(node, demand)) {
            return ScoreTree.NONE;
        }
        int key = engine.scorer.key(engine.view, node, demand);
        return (short) Math.max(NodeScorer.MIN_KEY, Math.min(NodeScorer.MAX_KEY, key));
    }
}
