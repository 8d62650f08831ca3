package dev.berth.ledger;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What gangs are asking for, and what became of them. A gang takes one of {@value #SLOTS} slots, writes its tasks there, puts its ticket
 * on nodes, where others find it, and gives the slot back when no node is tentative under it any more. The ticket is {@code sequence (56) | slot (8)}; the sequence
 * grows each time the slot is taken, so a ticket from before is recognised and reads as not succeeded.
 *
 * <p>A slot's status is one word, {@code sequence (56) | code (8)}. It is decided by the one CAS that takes it from
 * undecided to what became of the gang. Thread-safe; does not allocate, but for a gang larger than the slot has had before.
 */
final class GangTickets {
    static final int SLOTS = 256;

    /** The slot is free; also what a ticket that is over reads as. */
    static final int OVER = 0;

    static final int UNDECIDED = 1;
    static final int SUCCEEDED = 2;
    /** Failed, and nobody is to know: an entry was not to be had, although the node is not at its claim limit. */
    static final int AGAIN = 3;
    /** Failed with the ledger's answer: this minus the answer. */
    private static final int FAILED = 8;

    private static final int SEQUENCE_SHIFT = 8;
    private static final long SLOT_MASK = SLOTS - 1;
    /** Statuses do not share a cache line. */
    private static final int PADDING = 8;

    private static final int COUNT = 0;
    private static final int FIRST_TASK = 1;
    private static final int PLACE = 0;
    private static final int VERSION = 1;
    private static final int HOLDING = 2;
    private static final int SIZE = 3;
    private static final int COUNTED = 4;
    private static final int ENTRY_BITS = 16;
    private static final long ENTRY_MASK = (1L << ENTRY_BITS) - 1;

    private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);
    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(long[][].class);

    /** What a thread works with while it is at a gang: a block to fill and a buffer to read tasks into. */
    static final class Hand {
        int block;
        final ClaimSpec spec = new ClaimSpec();
    }

    private final int resources;
    private final int taskWords;
    private final long[] statuses = new long[SLOTS * PADDING];
    private final long[][] slots = new long[SLOTS][];
    /** Of the slot's owner. Made at once: a thread that helps is in the middle of something and must not run out of memory. */
    private final Hand[] hands = new Hand[SLOTS];

    GangTickets(int resources) {
        this.resources = resources;
        taskWords = COUNTED + resources;
        for (int slot = 0; slot < SLOTS; slot++) {
            hands[slot] = new Hand();
            hands[slot].spec.prepare(resources);
        }
    }

    private static int slot(long ticket) {
        return (int) (ticket & SLOT_MASK);
    }

    private static int statusAt(long ticket) {
        return slot(ticket) * PADDING;
    }

    private static long status(long ticket, int code) {
        return ticket & ~SLOT_MASK | code;
    }

    /** Takes a free slot, undecided; waits while there is none, which takes more than {@value #SLOTS} threads. */
    long take() {
        int start = SpareBlocks.startOfThread();
        while (true) {
            for (int i = 0; i < SLOTS; i++) {
                int slot = start + i & SLOTS - 1;
                long seen = (long) LONGS.getOpaque(statuses, slot * PADDING);
                if ((seen & SLOT_MASK) == OVER) {
                    long ticket = (seen >>> SEQUENCE_SHIFT) + 1 << SEQUENCE_SHIFT | slot;
                    // take-by-comparing
                    if (LONGS.compareAndSet(statuses, slot * PADDING, seen, status(ticket, UNDECIDED))) {
                        return ticket;
                    }
                }
            }
            Thread.onSpinWait();
        }
    }

    Hand hand(long ticket) {
        return hands[slot(ticket)];
    }

    /** Makes room for so many tasks in a slot of our own. */
    long[] prepare(long ticket, int tasks) {
        int slot = slot(ticket);
        long[] data = (long[]) SLOT.getAcquire(slots, slot);
        int words = Math.addExact(FIRST_TASK, Math.multiplyExact(tasks, taskWords));
        if (data == null || data.length < words) {
            data = new long[Math.max(words, FIRST_TASK + 8 * taskWords)];
            SLOT.setRelease(slots, slot, data);
        }
        // Somebody may still be reading what the slot's last gang asked for: no write may be seen before the sequence
        // has grown.
        VarHandle.releaseFence();
        LONGS.setOpaque(data, COUNT, (long) tasks);
        return data;
    }

    /**
     * Writes a task into a slot of our own.
     *
     * @param entry entry of the node's claim table, or -1 when none was to be had
     */
    void write(long[] data, int task, int node, int entry, long expectedVersion, ClaimSpec spec) {
        int at = FIRST_TASK + task * taskWords;
        LONGS.setOpaque(data, at + PLACE, (long) node << ENTRY_BITS | entry + 1);
        LONGS.setOpaque(data, at + VERSION, expectedVersion);
        LONGS.setOpaque(data, at + HOLDING, spec.holdingWord());
        LONGS.setOpaque(data, at + SIZE, spec.sizeWord());
        for (int r = 0; r < resources; r++) {
            LONGS.setOpaque(data, at + COUNTED + r, spec.counted(r));
        }
    }

    /** Decides, unless it is decided. */
    void decide(long ticket, int code) {
        LONGS.compareAndSet(statuses, statusAt(ticket), status(ticket, UNDECIDED), status(ticket, code));
    }

    /** The slot can be taken again, and the ticket is over. */
    void giveBack(long ticket) {
        LONGS.setRelease(statuses, statusAt(ticket), status(ticket, OVER));
    }

    private int code(long ticket) {
        long status = (long) LONGS.getVolatile(statuses, statusAt(ticket));
        return (status ^ ticket) >>> SEQUENCE_SHIFT == 0 ? (int) (status & SLOT_MASK) : OVER;
    }

    boolean undecided(long ticket) {
        return code(ticket) == UNDECIDED;
    }

    boolean succeeded(long ticket) {
        return code(ticket) == SUCCEEDED;
    }

    static int failed(long answer) {
        return FAILED - (int) answer;
    }

    /** What the ledger is to answer to a gang that has been decided: 0, a negative answer, or 1 when it is to be tried again. */
    long answer(long ticket) {
        int code = code(ticket);
        return code == SUCCEEDED ? 0 : code == AGAIN ? 1 : FAILED - code;
    }

    /**
     * The tasks of a slot. When the ticket is over by now they are another gang's; they are always what some gang asks for, and never
     * more than there is room for.
     */
    long[] data(long ticket) {
        return (long[]) SLOT.getAcquire(slots, slot(ticket));
    }

    static int tasks(long[] data) {
        return (int) (long) LONGS.getOpaque(data, COUNT);
    }

    int node(long[] data, int task) {
        return (int) (place(data, task) >>> ENTRY_BITS);
    }

    int entry(long[] data, int task) {
        return (int) (place(data, task) & ENTRY_MASK) - 1;
    }

    private long place(long[] data, int task) {
        return (long) LONGS.getOpaque(data, FIRST_TASK + task * taskWords + PLACE);
    }

    long expectedVersion(long[] data, int task) {
        return (long) LONGS.getOpaque(data, FIRST_TASK + task * taskWords + VERSION);
    }

    void spec(long[] data, int task, ClaimSpec out) {
        int at = FIRST_TASK + task * taskWords;
        out.setWords((long) LONGS.getOpaque(data, at + HOLDING), (long) LONGS.getOpaque(data, at + SIZE));
        for (int r = 0; r < resources; r++) {
            out.counted(r, (long) LONGS.getOpaque(data, at + COUNTED + r));
        }
    }

    /** The task after those that stand on the same node as this one. */
    int nextNode(long[] data, int task) {
        int tasks = tasks(data);
        int node = node(data, task);
        int next = task + 1;
        while (next < tasks && node(data, next) == node) {
            next++;
        }
        return next;
    }
}
