package dev.berth.ledger;

import com.carrotsearch.hppc.LongArrayList;
import com.carrotsearch.hppc.LongHashSet;
import dev.berth.cluster.Cluster;
import dev.berth.cluster.NodeState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What {@link Ledger#snapshot} saw. Immutable, hence thread-safe. */
public final class LedgerSnapshot {
    private static final int HANDLE = 0;
    private static final int HOLDING = 1;
    private static final int SIZE = 2;
    private static final int COUNTED = 3;

    private final Cluster cluster;
    private final Object identity;
    private final BlockLayout layout;
    private final boolean pointInTime;
    private final long[] words;
    private final long[] versions;
    private final int[] firstClaim;
    private final long[] records;

    private LedgerSnapshot(Builder from, boolean pointInTime) {
        cluster = from.ledger.cluster();
        identity = from.ledger.identity();
        layout = from.layout;
        words = from.words;
        versions = from.versions;
        firstClaim = from.firstClaim;
        records = from.records.toArray();
        this.pointInTime = pointInTime;
    }

    /** The cluster whose nodes these are. */
    public Cluster cluster() {
        return cluster;
    }

    /** Whether all nodes are of the same moment. */
    public boolean pointInTime() {
        return pointInTime;
    }

    /** What a node looked like. */
    public void read(int node, NodeReading out) {
        System.arraycopy(words, node * layout.words(), out.prepare(layout), 0, layout.words());
        out.version(versions[node]);
    }

    /** Number of live claims. */
    public int claimCount() {
        return firstClaim[versions.length];
    }

    /**
     * Number of the first claim of a node; its last is the one before {@code firstClaim(node + 1)}.
     *
     * @param node 0 to the number of nodes, inclusive
     */
    public int firstClaim(int node) {
        return firstClaim[node];
    }

    /** Handle of a claim by its number. */
    public long handle(int claim) {
        return records[claim * recordWords() + HANDLE];
    }

    /** What a claim holds, by its number. */
    public void claim(int claim, ClaimSpec out) {
        int at = claim * recordWords();
        out.clear();
        out.setWords(records[at + HOLDING], records[at + SIZE]);
        for (int r = 0; r < layout.resources(); r++) {
            out.counted(r, records[at + COUNTED + r]);
        }
    }

    private int recordWords() {
        return COUNTED + layout.resources();
    }

    /**
     * What is different between two snapshots of one ledger. O(nodes + claims).
     *
     * @throws IllegalArgumentException if the snapshots are of different ledgers, whose handles and versions say nothing about each
     *     other; {@link #sameHoldings} compares those
     */
    public static List<NodeChange> diff(LedgerSnapshot before, LedgerSnapshot after) {
        if (before.identity != after.identity) {
            throw new IllegalArgumentException("the snapshots are of different ledgers: " + before + " and " + after
                    + ", allowed: two of one ledger");
        }
        List<NodeChange> changes = new ArrayList<>();
        NodeReading reading = new NodeReading();
        for (int node = 0; node < before.versions.length; node++) {
            if (before.versions[node] == after.versions[node]) {
                continue;
            }
            LongHashSet had = before.handles(node);
            LongHashSet has = after.handles(node);
            List<Long> released = without(before, node, has);
            List<Long> claimed = without(after, node, had);
            before.read(node, reading);
            NodeState from = reading.state();
            after.read(node, reading);
            NodeState to = reading.state();
            if (from != to || !released.isEmpty() || !claimed.isEmpty()) {
                changes.add(new NodeChange(node, from, to, claimed, released));
            }
        }
        return changes;
    }

    private LongHashSet handles(int node) {
        LongHashSet set = new LongHashSet();
        for (int i = firstClaim[node]; i < firstClaim[node + 1]; i++) {
            set.add(handle(i));
        }
        return set;
    }

    private static List<Long> without(LedgerSnapshot of, int node, LongHashSet others) {
        List<Long> list = new ArrayList<>();
        for (int i = of.firstClaim[node]; i < of.firstClaim[node + 1]; i++) {
            if (!others.contains(of.handle(i))) {
                list.add(of.handle(i));
            }
        }
        return list;
    }

    /**
     * A node that is different.
     *
     * @param node the node
     * @param before its state before
     * @param after its state after
     * @param claimed handles that are live only after
     * @param released handles that were live only before
     */
    public record NodeChange(int node, NodeState before, NodeState after, List<Long> claimed, List<Long> released) {
        /** Copies the lists. */
        public NodeChange {
            claimed = List.copyOf(claimed);
            released = List.copyOf(released);
        }
    }

    /**
     * Whether both say that the same is held and free on every node, whatever the handles and versions. O(nodes + claims log
     * claims).
     */
    public boolean sameHoldings(LedgerSnapshot other) {
        // Ledgers made for other numbers of claims have other numbers of live bits, which stand last.
        int end = layout.liveAt();
        if (versions.length != other.versions.length
                || end != other.layout.liveAt()
                || layout.resources() != other.layout.resources()) {
            return false;
        }
        for (int node = 0; node < versions.length; node++) {
            int at = node * layout.words();
            int otherAt = node * other.layout.words();
            int from = BlockLayout.FIGURES;
            if (!Arrays.equals(words, at + from, at + end, other.words, otherAt + from, otherAt + end)
                    || !Arrays.deepEquals(holdings(node), other.holdings(node))) {
                return false;
            }
        }
        return true;
    }

    private long[][] holdings(int node) {
        int n = firstClaim[node + 1] - firstClaim[node];
        long[][] list = new long[n][];
        for (int i = 0; i < n; i++) {
            int at = (firstClaim[node] + i) * recordWords();
            list[i] = Arrays.copyOfRange(records, at + HOLDING, at + recordWords());
        }
        Arrays.sort(list, Arrays::compare);
        return list;
    }

    @Override
    public String toString() {
        return "LedgerSnapshot[" + cluster + ", " + claimCount() + " claims"
                + (pointInTime ? "" : ", not of one moment") + "]";
    }

    /** Collects nodes in order. */
    static final class Builder {
        private final Ledger ledger;
        private final BlockLayout layout;
        private final long[] words;
        private final long[] versions;
        private final int[] firstClaim;
        private final LongArrayList records = new LongArrayList();
        private final ClaimSpec spec = new ClaimSpec();

        Builder(Ledger ledger, BlockLayout layout) {
            int nodes = ledger.cluster().nodeCount();
            this.ledger = ledger;
            this.layout = layout;
            words = new long[nodes * layout.words()];
            versions = new long[nodes];
            firstClaim = new int[nodes + 1];
        }

        void reset() {
            records.elementsCount = 0;
        }

        boolean collect(int node) {
            records.elementsCount = firstClaim[node] * (COUNTED + layout.resources());
            return ledger.collect(node, words, node * layout.words(), this);
        }

        /** Adds a claim of the node that is being collected. */
        void claim(long handle, ClaimTable table, int node, int entry) {
            table.read(node, entry, spec);
            records.add(handle);
            records.add(spec.holdingWord());
            records.add(spec.sizeWord());
            for (int r = 0; r < layout.resources(); r++) {
                records.add(spec.counted(r));
            }
        }

        /** Ends the node that is being collected. */
        void version(int node, long version) {
            versions[node] = version;
            firstClaim[node + 1] = records.size() / (COUNTED + layout.resources());
        }

        long version(int node) {
            return versions[node];
        }

        LedgerSnapshot build(boolean pointInTime) {
            return new LedgerSnapshot(this, pointInTime);
        }
    }
}
