package dev.berth.placement;

import dev.berth.ledger.ChangeFeed;
import dev.berth.ledger.Ledger;
import dev.berth.ledger.NodeReading;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** The state that all class indexes of a planner share: view, scorer, change log and the fixed order of the nodes. */
final class Engine implements NodeScorer.Stale {
    final Ledger ledger;
    final View view;
    final NodeScorer scorer;
    final ChangeLog log;
    final int[] nodeAt;
    final int[] positionOf;
    int[] changedPositions = new int[64];
    short[] changedKeys = new short[64];
    private final ChangeFeed feed;
    private final Map<List<Object>, long[]> eligible = new HashMap<>();
    private final NodeReading reading = new NodeReading();
    private NodeListener[] listeners = new NodeListener[0];

    Engine(Ledger ledger, Policy policy, int[] nodeAt) {
        int nodes = ledger.cluster().nodeCount();
        this.ledger = ledger;
        this.nodeAt = nodeAt;
        positionOf = new int[nodes];
        for (int position = 0; position < nodes; position++) {
            positionOf[nodeAt[position]] = position;
        }
        view = new View(ledger.cluster(), ledger.claimLimit());
        log = new ChangeLog(nodes);
        feed = ledger.subscribe();
        for (int node = 0; node < nodes; node++) {
            read(node);
        }
        scorer = policy.scorer(view);
        tellAll();
    }

    /** One random permutation of the nodes. */
    static int[] order(int nodes, long seed) {
        int[] order = new int[nodes];
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < nodes; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }

    /** Makes room for so many changes in the buffers that all indexes use in turn. */
    void makeRoom(int changes) {
        if (changedPositions.length < changes) {
            changedPositions = new int[Math.max(changes, 2 * changedPositions.length)];
            changedKeys = new short[changedPositions.length];
        }
    }

    /** The nodes that could ever take a demand, a bit each. O(nodes) for the first demand that is as particular. */
    long[] eligibleNodes(Demand demand) {
        Request request = demand.request();
        List<Object> particulars = List.of(
                demand.cpuOnly(),
                request.gpuModels(),
                request.minGpuMemoryMib(),
                request.labels(),
                demand.unknownCounted().isEmpty());
        return eligible.computeIfAbsent(particulars, any -> {
            long[] bits = new long[nodeAt.length + 63 >>> 6];
            for (int node = 0; node < nodeAt.length; node++) {
                if (ClassIndex.eligible(view.cluster(), node, demand)) {
                    bits[node >>> 6] |= 1L << node;
                }
            }
            return bits;
        });
    }

    /** Tells the scorer of every node as it is. */
    void tellAll() {
        for (int node = 0; node < nodeAt.length; node++) {
            scorer.nodeChanged(view, node);
        }
    }

    /** Takes over what has changed in the ledger. */
    void refresh() {
        for (int node = feed.poll(); node >= 0; node = feed.poll()) {
            log.before(view, node);
            read(node);
            scorer.nodeChanged(view, node);
            log.add(view, node);
            for (NodeListener listener : listeners) {
                listener.nodeChanged(view, node);
            }
        }
    }

    /** Has somebody told of each node whose view changes from now on. */
    void listen(NodeListener listener) {
        listeners = Arrays.copyOf(listeners, listeners.length + 1);
        listeners[listeners.length - 1] = listener;
    }

    private void read(int node) {
        ledger.read(node, reading);
        view.set(node, reading);
    }

    @Override
    public void node(int node) {
        log.before(view, node);
        log.add(view, node);
    }

    void close() {
        feed.close();
    }
}
