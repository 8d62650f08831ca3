package dev.berth.ledger;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.NodeState;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Who holds which GPU: the only mutable truth. Every operation on a node is atomic and linearizable, and none ever waits for
 * another (lock-free, for up to 256 threads inside at once). No GPU is ever held twice and no capacity is ever lost, under
 * any interleaving.
 *
 * <h2>How</h2>
 *
 * Each node stands on an immutable block of words (see {@code BlockLayout}); its <em>control word</em> names the block and
 * counts the changes (see {@code ControlWord}). An operation copies the block into a spare one, changes the copy and
 * swings the control word by one CAS, which is where it takes effect. It is the small-object scheme of M. Herlihy, "A
 * methodology for implementing highly concurrent data objects", TOPLAS 15(5), 1993; the count keeps a recycled block from
 * being taken for the old one. Claims on several nodes at once take effect when their gang is decided (see {@code Gangs}).
 *
 * <p>A claim is live when the bit of its entry is set in the node's block, so that taking the capacity and becoming live (or
 * giving it back and becoming stale) are the same CAS. What the claim holds stands in a table beside it. Orders that the proof needs:
 *
 * <ol>
 *   <li>(copy-then-check) a reader copies the block first and compares the control word afterwards;
 *   <li>(word-before-status) the control word is read before the generation of an entry;
 *   <li>(record-before-word) a record is reserved and written before the CAS that makes it live;
 *   <li>(word-before-free) an entry, and the old block, are given back after the CAS that took them off the node;
 *   <li>(word-before-feed) a change is announced after the CAS.
 * </ol>
 *
 * Operations that change a node cost O(words of a block), about twenty; they do not allocate, but for claims on an
 * overcommitted node and the first claims of a node. Thread-safe.
 */
public final class Ledger {
    /** In place of a version: whatever it is. */
    public static final long ANY_VERSION = -1;

    /** Answer of {@link #claim}: the node has no room for it. */
    public static final long NO_ROOM = -1;
    /** Answer of {@link #claim}: the node is not {@link NodeState#READY}. */
    public static final long NOT_READY = -2;
    /** Answer of {@link #claim}: the node has changed since the expected version; plan again. */
    public static final long LOST_RACE = -3;
    /** Answer of {@link #claim}: the node's claims exceed what it has, so it takes nothing new. */
    public static final long OVERCOMMITTED = -4;
    /** Answer of {@link #claim}: this ledger has been migrated; use the one that it moved to. */
    public static final long MOVED = -5;
    /** Answer of {@link #claim}: the node has as many claims as it can have. */
    public static final long CLAIM_LIMIT = -6;

    /** Claims that one node can have, unless said otherwise. Kubernetes' default is 110 pods a node. */
    public static final int DEFAULT_CLAIM_LIMIT = 512;
    /** Most claims that one node can have: entries have 10 bits in a handle. */
    public static final int MAX_CLAIM_LIMIT = 1024;

    private static final int NODE_SHIFT = 42;
    private static final int ENTRY_SHIFT = 32;
    private static final int ENTRY_MASK = MAX_CLAIM_LIMIT - 1;
    private static final int SNAPSHOT_TRIES = 3;
    private static final int NONE = -1;

    private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);
    private static final VarHandle FEEDS;

    static {
        try {
            FEEDS = MethodHandles.lookup().findVarHandle(Ledger.class, "feeds", ChangeFeed[].class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** What snapshots of this ledger have in common; not the ledger itself, which a snapshot must not keep alive. */
    private final Object identity = new Object();

    private final Cluster cluster;
    private final int claimLimit;
    private final BlockLayout layout;
    private final BlockArithmetic arithmetic;
    private final int blockWords;
    private final long[] control;
    private final long[] words;
    private final SpareBlocks spares;
    private final ClaimTable table;
    private final Gangs gangs;

    private volatile ChangeFeed[] feeds = new ChangeFeed[0];
    /** Whether somebody has begun to migrate; two would carry every claim over twice. */
    private final AtomicBoolean migrating = new AtomicBoolean();

    private Ledger(Cluster cluster, int claimLimit, int firstGeneration) {
        checkClaimLimit(claimLimit);
        int nodes = cluster.nodeCount();
        this.cluster = cluster;
        this.claimLimit = claimLimit;
        layout = BlockLayout.of(cluster, claimLimit);
        arithmetic = new BlockArithmetic(cluster, layout);
        blockWords = layout.words();
        control = new long[nodes];
        int gangBlocks = nodes + SpareBlocks.CELLS;
        words = new long[(gangBlocks + GangBlocks.count(nodes)) * blockWords];
        spares = new SpareBlocks(nodes);
        table = new ClaimTable(nodes, layout.resources(), claimLimit, firstGeneration);
        gangs = new Gangs(this, layout, arithmetic, table, control, words, new GangBlocks(nodes, gangBlocks));
        for (int node = 0; node < nodes; node++) {
            arithmetic.pristine(node, words, node * blockWords);
            LONGS.setRelease(control, node, (long) node);
        }
    }

    private static void checkClaimLimit(int claimLimit) {
        if (claimLimit < 64 || claimLimit > MAX_CLAIM_LIMIT || (claimLimit & claimLimit - 1) != 0) {
            throw new IllegalArgumentException(
                    "claimLimit is " + claimLimit + ", allowed: 64, 128, 256, 512 or 1024 claims per node");
        }
    }

    /** A ledger in which nobody holds anything, for up to {@value #DEFAULT_CLAIM_LIMIT} claims per node. O(nodes). */
    public static Ledger of(Cluster cluster) {
        return of(cluster, DEFAULT_CLAIM_LIMIT);
    }

    /**
     * A ledger in which nobody holds anything. O(nodes).
     *
     * @param claimLimit claims that one node can have: 64, 128, 256, 512 or 1024
     */
    public static Ledger of(Cluster cluster, int claimLimit) {
        return new Ledger(cluster, claimLimit, 0);
    }

    /** The cluster whose nodes these are. */
    public Cluster cluster() {
        return cluster;
    }

    Object identity() {
        return identity;
    }

    /** Claims that one node can have. */
    public int claimLimit() {
        return claimLimit;
    }

    /** Version of a node: grows with each change. */
    public long version(int node) {
        while (true) {
            long seen = controlVolatile(node);
            long version = (long) LONGS.getOpaque(words, blockOf(seen) * blockWords + BlockLayout.VERSION);
            VarHandle.acquireFence();
            if (controlVolatile(node) == seen) {
                return version;
            }
        }
    }

    /**
     * Claims what the buffer says on one node: all of it or nothing. GPUs must be named.
     *
     * @param expectedVersion version of the node that the caller planned on, or {@link #ANY_VERSION}
     * @return a handle (positive), or one of {@link #NO_ROOM}, {@link #NOT_READY}, {@link #LOST_RACE}, {@link #OVERCOMMITTED},
     *     {@link #MOVED}, {@link #CLAIM_LIMIT}
     * @throws IndexOutOfBoundsException if there is no such node
     * @throws IllegalArgumentException if it holds a counted resource that the cluster does not name
     */
    public long claim(int node, ClaimSpec spec, long expectedVersion) {
        Objects.checkIndex(node, control.length);
        spec.checkCounted(layout.resources());
        int spare = spares.take();
        int base = spare * blockWords;
        int entry = NONE;
        long answer;
        while (true) {
            long seen = controlVolatile(node);
            if (!copyBlock(node, seen, base)) {
                continue;
            }
            answer = refusal(node, base, spec, expectedVersion);
            if (answer != 0) {
                break;
            }
            if (entry < 0) {
                int reserved = reserve(node, base);
                if (reserved == CLAIM_LIMIT) {
                    answer = CLAIM_LIMIT;
                    break;
                }
                if (reserved == LOST_RACE) {
                    Thread.onSpinWait();
                    continue;
                }
                entry = reserved;
                table.write(node, entry, spec);
            }
            arithmetic.take(node, words, base, spec);
            layout.live(words, base, entry, true);
            // record-before-word: the record was written above.
            long handle = handle(node, entry, table.generationIfTaken(node, entry));
            if (swing(node, seen, spare)) {
                spares.give(blockOf(seen));
                announce(node);
                return handle;
            }
        }
        if (entry >= 0) {
            table.free(node, entry);
        }
        spares.give(spare);
        return answer;
    }

    /** What a claim on the node of a private block is refused with, or 0. */
    long refusal(int node, int base, ClaimSpec spec, long expectedVersion) {
        if (expectedVersion != ANY_VERSION && words[base + BlockLayout.VERSION] != expectedVersion) {
            return LOST_RACE;
        }
        long state = words[base + BlockLayout.STATE];
        if (BlockLayout.sealed(state)) {
            return MOVED;
        }
        if (!BlockLayout.allocatable(state)) {
            return BlockLayout.state(state) == NodeState.READY.ordinal() ? OVERCOMMITTED : NOT_READY;
        }
        return arithmetic.fits(node, words, base, spec) ? 0 : NO_ROOM;
    }

    /**
     * Claims for a gang: all that it says or nothing, at one moment. Takes part in the same order as all other operations, and is
     * never refused because of a gang that is refused itself. The tasks are looked at from the lowest node id to the highest, and on a
     * node in the order in which they were added; each must have room beside those before it. The version of a node grows by one,
     * however many tasks stand on it. O(tasks), besides what it does for gangs that are on the same nodes just then; does not
     * allocate, but for a larger gang than before.
     *
     * @param gang what each task is to hold; its handles are there when the answer is 0
     * @return 0 when all is held; else what the first task that cannot be held is refused with, as {@link #claim(int, ClaimSpec, long)}
     *     does, and nothing is held. A gang without tasks holds nothing, which always succeeds
     * @throws IndexOutOfBoundsException if there is no such node
     * @throws IllegalArgumentException if it holds a counted resource that the cluster does not name, or has tasks on more than
     *     16,384 nodes
     */
    public long claim(GangClaim gang) {
        return gangs.claim(gang);
    }

    /**
     * Takes in a claim that the outside world already holds. It is never refused for want of room or because of the node's
     * state: when it exceeds what the node has, the node becomes overcommitted and takes nothing new until enough has been
     * released. GPUs that are not known (see {@link ClaimSpec#wholeUnknown}, {@link ClaimSpec#UNKNOWN}) are chosen, free ones
     * first, and written into {@code spec}.
     *
     * @return a handle (positive), or {@link #MOVED}, or {@link #CLAIM_LIMIT} when the node has as many claims as this ledger was
     *     made for; {@link #migrate(Cluster, int)} makes room
     * @throws IndexOutOfBoundsException if there is no such node
     * @throws IllegalArgumentException if it holds a counted resource that the cluster does not name
     */
    public long adopt(int node, ClaimSpec spec) {
        Objects.checkIndex(node, control.length);
        spec.checkCounted(layout.resources());
        ClaimSpec asked = new ClaimSpec().set(spec);
        int spare = spares.take();
        int base = spare * blockWords;
        int entry = NONE;
        long answer;
        while (true) {
            long seen = controlVolatile(node);
            if (!copyBlock(node, seen, base)) {
                continue;
            }
            if (BlockLayout.sealed(words[base + BlockLayout.STATE])) {
                answer = MOVED;
                break;
            }
            if (entry < 0) {
                int reserved = reserve(node, base);
                if (reserved == CLAIM_LIMIT) {
                    answer = CLAIM_LIMIT;
                    break;
                }
                if (reserved == LOST_RACE) {
                    Thread.onSpinWait();
                    continue;
                }
                entry = reserved;
            }
            spec.set(asked);
            arithmetic.choose(node, words, base, spec);
            table.write(node, entry, spec);
            boolean simple = !BlockLayout.overcommitted(words[base + BlockLayout.STATE])
                    && arithmetic.fits(node, words, base, spec);
            if (simple) {
                arithmetic.take(node, words, base, spec);
                layout.live(words, base, entry, true);
            } else {
                layout.live(words, base, entry, true);
                recount(node, base, entry);
            }
            long handle = handle(node, entry, table.generationIfTaken(node, entry));
            if (swing(node, seen, spare)) {
                spares.give(blockOf(seen));
                announce(node);
                return handle;
            }
        }
        if (entry >= 0) {
            table.free(node, entry);
        }
        spares.give(spare);
        return answer;
    }

    /**
     * Gives back what a handle holds.
     *
     * @return whether the handle was live; false when it was released before, was never given, or this ledger has been migrated
     */
    public boolean release(long handle) {
        return release(handle, new ClaimSpec());
    }

    /**
     * As {@link #release(long)}, and tells what was given back; does not allocate.
     *
     * @param held overwritten with what the claim held, also when the answer is false
     */
    public boolean release(long handle, ClaimSpec held) {
        int node = nodeOf(handle);
        if (handle <= 0 || node >= control.length) {
            return false;
        }
        return release(handle, node, entryOf(handle), held);
    }

    private boolean release(long handle, int node, int entry, ClaimSpec held) {
        // Of a large cluster both are far from the processor; asked for here they come together. What they say is
        // looked at again.
        long seen = controlVolatile(node);
        if (table.generationIfTaken(node, entry) != generationOf(handle)) {
            return false;
        }
        held.prepare(layout.resources());
        int spare = spares.take();
        int base = spare * blockWords;
        for (; ; seen = controlVolatile(node)) {
            if (!copyBlock(node, seen, base)) {
                continue;
            }
            // word-before-status: a later claim on this entry shows its generation before its bit.
            boolean live = layout.live(words, base, entry)
                    && table.generationIfTaken(node, entry) == generationOf(handle)
                    && !BlockLayout.sealed(words[base + BlockLayout.STATE]);
            if (!live) {
                spares.give(spare);
                return false;
            }
            table.read(node, entry, held);
            VarHandle.acquireFence();
            if (controlVolatile(node) != seen) {
                // The record may be another claim's by now, on GPUs that this node need not have.
                continue;
            }
            layout.live(words, base, entry, false);
            if (BlockLayout.overcommitted(words[base + BlockLayout.STATE])) {
                recount(node, base, NONE);
            } else {
                arithmetic.give(node, words, base, held);
            }
            if (swing(node, seen, spare)) {
                // word-before-free: until the swing the record and the block were in use.
                table.free(node, entry);
                spares.give(blockOf(seen));
                announce(node);
                return true;
            }
        }
    }

    /** Whether a handle holds anything. */
    public boolean isLive(long handle) {
        return claimOf(handle, new ClaimSpec());
    }

    /**
     * What a handle holds.
     *
     * @param out overwritten, also when the answer is false
     * @return whether the handle is live
     */
    public boolean claimOf(long handle, ClaimSpec out) {
        int node = nodeOf(handle);
        int entry = entryOf(handle);
        if (handle <= 0 || node >= control.length || entry >= claimLimit) {
            return false;
        }
        out.prepare(layout.resources());
        while (true) {
            long seen = controlVolatile(node);
            long bits = (long) LONGS.getOpaque(words, blockOf(seen) * blockWords + layout.liveAt() + (entry >>> 6));
            boolean live = (bits >>> entry & 1) != 0 && table.generationIfTaken(node, entry) == generationOf(handle);
            if (live) {
                table.read(node, entry, out);
            }
            VarHandle.acquireFence();
            if (controlVolatile(node) == seen) {
                return live;
            }
        }
    }

    /** Node of a handle; says nothing about whether it is live. */
    public static int nodeOf(long handle) {
        return (int) (handle >>> NODE_SHIFT);
    }

    /**
     * Puts a node into a state. Claims on it stay.
     *
     * @return false when this ledger has been migrated
     */
    public boolean setState(int node, NodeState state) {
        Objects.checkIndex(node, control.length);
        Objects.requireNonNull(state, "state");
        int spare = spares.take();
        int base = spare * blockWords;
        while (true) {
            long seen = controlVolatile(node);
            if (!copyBlock(node, seen, base)) {
                continue;
            }
            long word = words[base + BlockLayout.STATE];
            boolean sealed = BlockLayout.sealed(word);
            if (sealed || BlockLayout.state(word) == state.ordinal()) {
                spares.give(spare);
                return !sealed;
            }
            words[base + BlockLayout.STATE] = BlockLayout.withState(word, state);
            if (swing(node, seen, spare)) {
                spares.give(blockOf(seen));
                announce(node);
                return true;
            }
        }
    }

    /** Reads one node; all figures are of one moment. */
    public void read(int node, NodeReading out) {
        Objects.checkIndex(node, control.length);
        long[] to = out.prepare(layout);
        while (true) {
            long seen = controlVolatile(node);
            int from = blockOf(seen) * blockWords;
            for (int w = 0; w < blockWords; w++) {
                to[w] = (long) LONGS.getOpaque(words, from + w);
            }
            VarHandle.acquireFence();
            if (controlVolatile(node) == seen) {
                out.version(to[BlockLayout.VERSION]);
                return;
            }
        }
    }

    /**
     * Free whole GPUs of a node as a mask, 0 when it takes no claims: what a scan over nodes needs, cheaper than {@link #read}.
     */
    public int freeGpuMask(int node) {
        while (true) {
            long seen = controlVolatile(node);
            long state = (long) LONGS.getOpaque(words, blockOf(seen) * blockWords + BlockLayout.STATE);
            VarHandle.acquireFence();
            if (controlVolatile(node) == seen) {
                return BlockLayout.allocatable(state) ? BlockLayout.freeGpuMask(state) : 0;
            }
        }
    }

    /**
     * An immutable copy of everything. Each node is of one moment; all nodes are of the same moment when {@link
     * LedgerSnapshot#pointInTime} says so, which it does whenever nothing changed while it was taken. O(nodes + claims).
     */
    public LedgerSnapshot snapshot() {
        LedgerSnapshot.Builder builder = new LedgerSnapshot.Builder(this, layout);
        for (int attempt = 1; ; attempt++) {
            builder.reset();
            for (int node = 0; node < control.length; node++) {
                while (!builder.collect(node)) {
                    Thread.onSpinWait();
                }
            }
            boolean same = true;
            for (int node = 0; node < control.length && same; node++) {
                same = builder.version(node) == version(node);
            }
            if (same || attempt == SNAPSHOT_TRIES) {
                return builder.build(same);
            }
        }
    }

    /** Copies a node's block and the records of its live claims; false when the node changed meanwhile. */
    boolean collect(int node, long[] to, int at, LedgerSnapshot.Builder claims) {
        long seen = controlVolatile(node);
        int from = blockOf(seen) * blockWords;
        for (int w = 0; w < blockWords; w++) {
            to[at + w] = (long) LONGS.getOpaque(words, from + w);
        }
        VarHandle.acquireFence();
        if (controlVolatile(node) != seen) {
            return false;
        }
        for (int w = 0; w < claimLimit >>> 6; w++) {
            for (long live = to[at + layout.liveAt() + w]; live != 0; live &= live - 1) {
                int entry = w << 6 | Long.numberOfTrailingZeros(live);
                claims.claim(handle(node, entry, table.generationIfTaken(node, entry)), table, node, entry);
            }
        }
        VarHandle.acquireFence();
        if (controlVolatile(node) != seen) {
            return false;
        }
        claims.version(node, to[at + BlockLayout.VERSION]);
        return true;
    }

    /** {@link #migrate(Cluster, int)} with the claim limit as it is. */
    public Migration migrate(Cluster to) {
        return migrate(to, claimLimit);
    }

    /**
     * Moves to a changed cluster. This ledger is sealed node by node: what was claimed or released before a node is sealed is
     * carried over, what comes after is answered {@link #MOVED}. Claims are kept by node name, on the GPUs that they were on;
     * where a node has become too small for them it is overcommitted. A node that is in both clusters keeps its state, unless the
     * new cluster describes it with another state than the old one did. A counted resource that claims hold is kept even if the new
     * cluster does not name it; no node has any of it then. O(nodes + claims).
     *
     * <p>When this throws, this ledger goes on as it was; what was answered {@link #MOVED} meanwhile may be asked again.
     *
     * @param to the cluster as it is now
     * @param newClaimLimit claims that one node can have: 64, 128, 256, 512 or 1024, and not less than a node has now
     * @throws IllegalArgumentException if the claim limit is not one of these, a node of both clusters has more claims, or more than
     *     {@value Cluster#MAX_COUNTED} counted resources would be named
     * @throws IllegalStateException if this ledger has been migrated before, or just is by another thread
     */
    public Migration migrate(Cluster to, int newClaimLimit) {
        checkClaimLimit(newClaimLimit);
        if (!migrating.compareAndSet(false, true)) {
            throw new IllegalStateException(
                    "this ledger has been migrated, allowed: to migrate the one that it moved to");
        }
        try {
            for (int node = 0; node < control.length; node++) {
                seal(node);
            }
            LedgerSnapshot last = snapshot();
            Cluster naming = to.withCountedNames(Migrator.countedHeld(last));
            return Migrator.move(last, new Ledger(naming, newClaimLimit, (int) table.maxGeneration()));
        } catch (Throwable e) {
            for (int node = 0; node < control.length; node++) {
                seal(node, false);
            }
            migrating.set(false);
            throw e;
        }
    }

    private void seal(int node) {
        seal(node, true);
    }

    private void seal(int node, boolean set) {
        int spare = spares.take();
        int base = spare * blockWords;
        while (true) {
            long seen = controlVolatile(node);
            if (!copyBlock(node, seen, base)) {
                continue;
            }
            words[base + BlockLayout.STATE] = BlockLayout.sealed(words[base + BlockLayout.STATE], set);
            if (swing(node, seen, spare)) {
                spares.give(blockOf(seen));
                announce(node);
                return;
            }
        }
    }

    /** A feed of the nodes that change from now on. */
    public ChangeFeed subscribe() {
        ChangeFeed feed = new ChangeFeed(this, control.length);
        while (true) {
            ChangeFeed[] old = feeds;
            ChangeFeed[] more = new ChangeFeed[old.length + 1];
            System.arraycopy(old, 0, more, 0, old.length);
            more[old.length] = feed;
            if (FEEDS.compareAndSet(this, old, more)) {
                return feed;
            }
        }
    }

    void unsubscribe(ChangeFeed feed) {
        while (true) {
            ChangeFeed[] old = feeds;
            List<ChangeFeed> fewer = new ArrayList<>(List.of(old));
            if (!fewer.remove(feed) || FEEDS.compareAndSet(this, old, fewer.toArray(new ChangeFeed[0]))) {
                return;
            }
        }
    }

    void announce(int node) {
        for (ChangeFeed feed : feeds) {
            feed.announce(node);
        }
    }

    /**
     * Reserves an entry for a claim that is being made on a private block. May allocate: when there is no memory left, the block
     * goes back to the spare ones.
     */
    private int reserve(int node, int base) {
        try {
            return table.reserve(node, layout, words, base);
        } catch (Throwable e) {
            spares.give(base / blockWords);
            throw e;
        }
    }

    /**
     * Sums up all live claims of a private block; their records are stable as long as the node stands on its original. Allocates:
     * when there is no memory left, the block and the reserved entry, if there is one, go back.
     */
    private void recount(int node, int base, int reserved) {
        try {
            BlockArithmetic.Recount recount = arithmetic.new Recount(node, words, base);
            ClaimSpec spec = new ClaimSpec();
            spec.prepare(layout.resources());
            for (int w = 0; w < claimLimit >>> 6; w++) {
                for (long live = words[base + layout.liveAt() + w]; live != 0; live &= live - 1) {
                    table.read(node, w << 6 | Long.numberOfTrailingZeros(live), spec);
                    recount.add(spec);
                }
            }
            recount.finish();
        } catch (Throwable e) {
            if (reserved != NONE) {
                table.free(node, reserved);
            }
            spares.give(base / blockWords);
            throw e;
        }
    }

    /**
     * Copies the block that a control word names into a block of our own; false when the node has changed meanwhile, or was tentative
     * and is not any more.
     */
    boolean copyBlock(int node, long seen, int base) {
        if (ControlWord.tentative(seen)) {
            gangs.settle(node, seen);
            return false;
        }
        int from = blockOf(seen) * blockWords;
        // The block may have been somebody's spare until now: no write to it may be seen before the control word has
        // left it.
        VarHandle.releaseFence();
        for (int w = 0; w < blockWords; w++) {
            LONGS.setOpaque(words, base + w, (long) LONGS.getOpaque(words, from + w));
        }
        // copy-then-check
        VarHandle.acquireFence();
        return controlVolatile(node) == seen;
    }

    private boolean swing(int node, long seen, int block) {
        words[block * blockWords + BlockLayout.VERSION]++;
        return LONGS.compareAndSet(control, node, seen, ControlWord.next(seen, block));
    }

    private long controlVolatile(int node) {
        return (long) LONGS.getVolatile(control, node);
    }

    /** The block that a node stands on, going by its control word, which must then be found unchanged. */
    private int blockOf(long seen) {
        return ControlWord.tentative(seen) ? gangs.blockNow(seen) : ControlWord.block(seen);
    }

    static long handle(int node, int entry, long generation) {
        return (long) node << NODE_SHIFT | (long) entry << ENTRY_SHIFT | generation;
    }

    static int entryOf(long handle) {
        return (int) (handle >>> ENTRY_SHIFT) & ENTRY_MASK;
    }

    private static long generationOf(long handle) {
        return handle & 0xFFFF_FFFFL;
    }
}
