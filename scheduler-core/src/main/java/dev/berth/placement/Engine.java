package dev.berth.placement;

import dev.berth.cluster.Topology;
import dev.berth.ledger.ChangeFeed;
import dev.berth.ledger.Ledger;
import dev.berth.ledger.NodeReading;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** The state that all class indexes of a planner share: view, scorer, stale nodes and the fixed order of the nodes. */
final class Engine implements NodeScorer.Stale {
    private static final int CHANGES_PER_SWEEP = 1 << 8;

    final Ledger ledger;
    final View view;
    final NodeScorer scorer;
    final StaleNodes stale;
    final ClassMarks marks;
    final int[] nodeAt;
    final int[] positionOf;
    private final ChangeFeed feed;
    private final Map<List<Object>, long[]> eligible = new HashMap<>();
    private final NodeReading reading = new NodeReading();
    final YoungNodes young;
    private NodeListener[] listeners = new NodeListener[0];
    private ClassTable[] tables = new ClassTable[0];
    private final int rackTier;
    private long changes;

    Engine(Ledger ledger, Policy policy, int[] nodeAt) {
        int nodes = ledger.cluster().nodeCount();
        this.ledger = ledger;
        this.nodeAt = nodeAt;
        positionOf = new int[nodes];
        for (int position = 0; position < nodes; position++) {
            positionOf[nodeAt[position]] = position;
        }
        view = new View(ledger.cluster(), ledger.claimLimit());
        stale = new StaleNodes(nodes);
        rackTier = ledger.cluster().topology().tier(Topology.RACK);
        feed = ledger.subscribe();
        for (int node = 0; node < nodes; node++) {
            read(node);
        }
        scorer = policy.scorer(view);
        marks = new ClassMarks(view.rows(), positionOf);
        young = new YoungNodes(view, marks);
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
                if (Eligibility.eligible(view.cluster(), node, demand)) {
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
            int slot = young(node);
            boolean neighbours = read(node);
            scorer.nodeChanged(view, node);
            tell(node, slot);
            if (neighbours) {
                tellRackOf(node);
            }
        }
    }

    /** Makes a node that is about to change the youngest; answers its slot. */
    private int young(int node) {
        int slot = young.slot(node);
        if (slot != YoungNodes.NONE) {
            young.touch(slot);
            return slot;
        }
        slot = young.nextSlot();
        if (slot < young.size()) {
            for (ClassTable table : tables) {
                table.settle(slot);
            }
        }
        young.enter(node);
        return slot;
    }

    private void tell(int node, int slot) {
        young.compare(slot);
        for (NodeListener listener : listeners) {
            listener.nodeChanged(view, node);
        }
        if ((++changes & CHANGES_PER_SWEEP - 1) == 0) {
            for (ClassTable table : tables) {
                table.dropUnused();
            }
        }
    }

    /** What is left of a rack's power has changed, and with it what its other nodes have room for. */
    private void tellRackOf(int node) {
        Topology topology = view.cluster().topology();
        int rack = view.power().cappedRack(node);
        for (int i = 0, of = topology.memberCount(rackTier, rack); i < of; i++) {
            int neighbour = topology.member(rackTier, rack, i);
            if (neighbour != node) {
                tell(neighbour, young(neighbour));
            }
        }
    }

    /** Has somebody told of every node whose view has changed, after it has, and of those whose rack has other power left. */
    void listen(NodeListener listener) {
        listeners = Arrays.copyOf(listeners, listeners.length + 1);
        listeners[listeners.length - 1] = listener;
    }

    /** Has a table told of every change from now on. */
    void keepUpToDate(ClassTable table) {
        tables = Arrays.copyOf(tables, tables.length + 1);
        tables[tables.length - 1] = table;
    }

    /** Number of changes of nodes taken over. */
    long changes() {
        return changes;
    }

    private boolean read(int node) {
        ledger.read(node, reading);
        return view.set(node, reading);
    }

    @Override
    public void node(int node) {
        stale.add(node);
    }

    @Override
    public void keys() {
        young.forgetAll();
    }

    /** Whoever keeps something by nodes. */
    interface NodeListener {
        /** Called on the planner's thread, before it decides anything on the new view. */
        void nodeChanged(View view, int node);
    }

    void close() {
        feed.close();
    }
}
