package dev.berth.ledger;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What each claim holds. Every node has numbered entries; an entry belongs to its node for ever, so that the pair (node,
 * entry) names one record and a claim's generation is compared with the generation of just that record.
 *
 * <pre>
 * record: status = generation (32) &lt;&lt; 1 | taken, holding word, size word, counted resources
 * </pre>
 *
 * <p>An entry is <em>reserved</em> by the CAS of its status from free to taken, which also raises the generation. Only its
 * owner writes the record: the reserving thread until the claim is on the node, nobody while it is live, and then the thread
 * whose CAS took it off the node, which frees it. Entries come in chunks that are allocated when first needed and never
 * given back: 8, 8, 16, 32, ... per node. Where a node's first chunk lies needs no look-up: the first pages hold those of all nodes
 * in order, and are allocated when the first of their nodes needs its own.
 */
final class ClaimTable {
    private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);
    private static final VarHandle INTS = MethodHandles.arrayElementVarHandle(int[].class);
    private static final VarHandle PAGES = MethodHandles.arrayElementVarHandle(long[][].class);
    private static final VarHandle NEXT;

    private static final int FIRST_CHUNK_SHIFT = 3;
    private static final int PAGE_SHIFT = 15;
    private static final int PAGE_WORDS = 1 << PAGE_SHIFT;
    private static final int HOLDING = 1;
    private static final int SIZE = 2;
    private static final int COUNTED = 3;

    static {
        try {
            NEXT = MethodHandles.lookup().findVarHandle(ClaimTable.class, "next", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final int claimLimit;
    private final int chunksPerNode;
    private final int recordWords;
    private final int resources;
    private final long firstStatus;
    /** First chunks on a page. */
    private final int nodesPerPage;
    /** Where a chunk but the first begins, plus 1; 0 while it does not exist. */
    private final int[] chunks;

    private final long[][] pages;

    @SuppressWarnings("unused") // by VarHandle
    private volatile long next;

    ClaimTable(int nodes, int resources, int claimLimit, int firstGeneration) {
        this.claimLimit = claimLimit;
        this.resources = resources;
        this.recordWords = COUNTED + resources;
        this.chunksPerNode = chunkOf(claimLimit - 1);
        this.chunks = new int[nodes * chunksPerNode];
        this.firstStatus = (firstGeneration & 0xFFFF_FFFFL) << 1;
        long most = Math.min(Integer.MAX_VALUE, (long) nodes * claimLimit * recordWords);
        // Twice, because a chunk that would straddle two pages starts on the second.
        nodesPerPage = PAGE_WORDS / (recordWords << FIRST_CHUNK_SHIFT);
        int firstPages = (nodes + nodesPerPage - 1) / nodesPerPage;
        this.pages = new long[(int) (2 * most >>> PAGE_SHIFT) + 2 + firstPages][];
        this.next = (long) firstPages << PAGE_SHIFT;
    }

    private static int chunkOf(int entry) {
        return 32 - Integer.numberOfLeadingZeros(entry >>> FIRST_CHUNK_SHIFT);
    }

    private static int firstEntryOf(int chunk) {
        return chunk == 0 ? 0 : 1 << FIRST_CHUNK_SHIFT + chunk - 1;
    }

    private static int entriesOf(int chunk) {
        return chunk == 0 ? 1 << FIRST_CHUNK_SHIFT : firstEntryOf(chunk);
    }

    /** Where the record of an entry begins, or -1 while its chunk does not exist. */
    private int find(int node, int entry) {
        int chunk = chunkOf(entry);
        if (chunk == 0) {
            int page = node / nodesPerPage;
            int row = node - page * nodesPerPage << FIRST_CHUNK_SHIFT;
            return PAGES.getAcquire(pages, page) == null ? -1 : (page << PAGE_SHIFT) + (row + entry) * recordWords;
        }
        int base = (int) INTS.getAcquire(chunks, node * chunksPerNode + chunk - 1) - 1;
        return base < 0 ? -1 : base + (entry - firstEntryOf(chunk)) * recordWords;
    }

    private int findOrAllocate(int node, int entry) {
        int at = find(node, entry);
        if (at < 0) {
            int chunk = chunkOf(entry);
            if (chunk == 0) {
                allocatePage(node / nodesPerPage);
                return find(node, entry);
            }
            int base = allocate(entriesOf(chunk) * recordWords);
            // The loser's words stay unused: at most one chunk per racing thread and chunk, once.
            INTS.compareAndSet(chunks, node * chunksPerNode + chunk - 1, 0, base + 1);
            at = find(node, entry);
        }
        return at;
    }

    private int allocate(int words) {
        while (true) {
            long old = next;
            long from =
                    old >>> PAGE_SHIFT == old + words - 1 >>> PAGE_SHIFT ? old : (old >>> PAGE_SHIFT) + 1 << PAGE_SHIFT;
            if (from + words > Integer.MAX_VALUE) {
                throw new IllegalStateException("the claim table is full: " + Integer.MAX_VALUE + " words");
            }
            int page = (int) (from >>> PAGE_SHIFT);
            allocatePage(page);
            if (NEXT.compareAndSet(this, old, from + words)) {
                return (int) from;
            }
        }
    }

    private void allocatePage(int page) {
        if (PAGES.getAcquire(pages, page) == null) {
            PAGES.compareAndSet(pages, page, (long[]) null, new long[PAGE_WORDS]);
        }
    }

    private long[] page(int at) {
        return (long[]) PAGES.getAcquire(pages, at >>> PAGE_SHIFT);
    }

    private long status(int at) {
        long status = (long) LONGS.getAcquire(page(at), at & PAGE_WORDS - 1);
        return status == 0 ? firstStatus : status;
    }

    /**
     * Takes a free entry of the node that is not live in the given block.
     *
     * @return the entry, {@link Ledger#CLAIM_LIMIT} when all are live, or {@link Ledger#LOST_RACE} when all that are not live
     *     are in other hands
     */
    int reserve(int node, BlockLayout layout, long[] block, int base) {
        boolean full = true;
        for (int word = 0; word < claimLimit >>> 6; word++) {
            for (long free = ~block[base + layout.liveAt() + word]; free != 0; free &= free - 1) {
                full = false;
                int entry = word << 6 | Long.numberOfTrailingZeros(free);
                int at = findOrAllocate(node, entry);
                long[] page = page(at);
                long raw = (long) LONGS.getAcquire(page, at & PAGE_WORDS - 1);
                long status = raw == 0 ? firstStatus : raw;
                if ((status & 1) == 0 && LONGS.compareAndSet(page, at & PAGE_WORDS - 1, raw, nextTaken(status))) {
                    return entry;
                }
            }
        }
        return (int) (full ? Ledger.CLAIM_LIMIT : Ledger.LOST_RACE);
    }

    /** Generation + 1, never 0 so that a status is never 0, taken. */
    private static long nextTaken(long status) {
        long generation = status + 2 >>> 1 & 0xFFFF_FFFFL;
        return (generation == 0 ? 1 : generation) << 1 | 1;
    }

    /** Gives an entry back. Only its owner may. */
    void free(int node, int entry) {
        int at = find(node, entry);
        long[] page = page(at);
        long status = (long) LONGS.getOpaque(page, at & PAGE_WORDS - 1);
        LONGS.setRelease(page, at & PAGE_WORDS - 1, status & ~1L);
    }

    /** Generation of a taken entry, or -1 when it is free. */
    long generationIfTaken(int node, int entry) {
        if (entry >= claimLimit) {
            return -1;
        }
        int at = find(node, entry);
        if (at < 0) {
            return -1;
        }
        long status = status(at);
        return (status & 1) == 0 ? -1 : status >>> 1;
    }

    /** Writes the record of an entry that the caller has reserved. */
    void write(int node, int entry, ClaimSpec spec) {
        int at = find(node, entry);
        long[] page = page(at);
        int i = at & PAGE_WORDS - 1;
        // The entry may have been another claim's until now: no write to it may be seen before the control word has
        // left
        // that claim.
        VarHandle.releaseFence();
        LONGS.setOpaque(page, i + HOLDING, spec.holdingWord());
        LONGS.setOpaque(page, i + SIZE, spec.sizeWord());
        for (int r = 0; r < resources; r++) {
            LONGS.setOpaque(page, i + COUNTED + r, spec.counted(r));
        }
    }

    /** Reads the record of an entry; worth something only when the caller then finds the entry live and unchanged. */
    void read(int node, int entry, ClaimSpec out) {
        int at = find(node, entry);
        long[] page = page(at);
        int i = at & PAGE_WORDS - 1;
        out.setWords((long) LONGS.getOpaque(page, i + HOLDING), (long) LONGS.getOpaque(page, i + SIZE));
        for (int r = 0; r < resources; r++) {
            out.counted(r, (long) LONGS.getOpaque(page, i + COUNTED + r));
        }
    }

    /** Largest generation that any entry has had. O(entries allocated). */
    long maxGeneration() {
        long max = firstStatus >>> 1;
        for (int node = 0; node < chunks.length / chunksPerNode; node++) {
            for (int entry = 0; entry < claimLimit; entry++) {
                int at = find(node, entry);
                if (at < 0) {
                    break;
                }
                max = Math.max(max, status(at) >>> 1);
            }
        }
        return max;
    }
}
