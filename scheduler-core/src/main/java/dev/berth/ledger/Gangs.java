package dev.berth.ledger;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;

/**
 * Claims on several nodes that take effect together, at the one CAS that decides the status of the gang's {@link GangTickets
 * ticket}.
 *
 * <h2>How</h2>
 *
 * A gang puts a <em>tentative</em> block on each of its nodes, from the lowest id up. The block is the node as it will be; beside it stand
 * the ticket and the block that the node stood on before. Until the gang is decided the node is what it was; when it has succeeded
 * the node is what the tentative block says; when it has failed, or its ticket is over, the node is what it was. So all nodes change at
 * once. Whoever has to change a tentative node first <em>helps</em> the gang to be decided, then takes the node off it. Whoever only
 * reads looks at the ticket and goes on. As every gang goes from low ids to high ones, and helps only gangs that stand in its
 * way, helping never goes round in a circle.
 *
 * <p>Orders that the proof needs, besides those of {@link Ledger} (docs/decisions/0040-gang-claims.md):
 *
 * <ol>
 *   <li>(word-before-ticket) the control word is read before the ticket is found undecided, and then changed by CAS: so nobody
 *       puts a gang that has succeeded on a node again;
 *   <li>(put-then-ticket) who has put a gang on a node looks at the ticket again, and takes it off when it is decided: a late one may
 *       have put a gang there that had failed;
 *   <li>(nodes-before-ticket) the ticket is given back when no node is tentative under it any more: so an old ticket has not succeeded.
 * </ol>
 *
 * The multi-word scheme of T. Harris, K. Fraser and I. Pratt, "A practical multi-word compare-and-swap operation", DISC 2002, with what
 * was and what will be in blocks, and a late writer's doing undone rather than prevented, as R. Guerraoui et al., "Efficient
 * multi-word compare and swap", DISC 2020; the tickets are used again with a sequence number as M. Arbel-Raviv and T. Brown, "Reuse,
 * don't recycle", DISC 2017. Thread-safe.
 */
final class Gangs {
    private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int TICKET = 0;
    private static final int BEFORE = 1;
    private static final int HEADER_WORDS = 2;
    private static final int NONE = -1;

    private final Ledger ledger;
    private final BlockLayout layout;
    private final BlockArithmetic arithmetic;
    private final ClaimTable table;
    private final long[] control;
    private final long[] words;
    private final int blockWords;
    private final GangTickets tickets;
    private final GangBlocks blocks;
    /** For each block, the ticket that it is tentative under, and the block that its node stood on before. */
    private final long[] headers;

    Gangs(
            Ledger ledger,
            BlockLayout layout,
            BlockArithmetic arithmetic,
            ClaimTable table,
            long[] control,
            long[] words,
            GangBlocks blocks) {
        this.ledger = ledger;
        this.layout = layout;
        this.arithmetic = arithmetic;
        this.table = table;
        this.control = control;
        this.words = words;
        this.blocks = blocks;
        blockWords = layout.words();
        headers = new long[HEADER_WORDS * (words.length / blockWords)];
        tickets = new GangTickets(layout.resources());
    }

    /** See {@link Ledger#claim(GangClaim)}. */
    long claim(GangClaim gang) {
        for (int task = 0; task < gang.size(); task++) {
            Objects.checkIndex(gang.node(task), control.length);
            gang.spec(task).checkCounted(layout.resources());
            gang.handle(task, 0);
        }
        int nodes = gang.sort();
        if (nodes > GangBlocks.MAX_NODES) {
            throw new IllegalArgumentException(
                    "the gang has tasks on " + nodes + " nodes, allowed: " + GangBlocks.MAX_NODES);
        }
        blocks.book(nodes);
        try {
            while (true) {
                long answer = attempt(gang);
                if (answer <= 0) {
                    return answer;
                }
                Thread.onSpinWait();
            }
        } finally {
            blocks.unbook(nodes);
        }
    }

    /** 0, a negative answer, or a positive one when it is to be tried again. */
    private long attempt(GangClaim gang) {
        long ticket = tickets.take();
        GangTickets.Hand hand = tickets.hand(ticket);
        write(ticket, gang);
        hand.block = blocks.take();
        decide(ticket, hand);
        long answer = tickets.answer(ticket);
        // word-before-feed
        for (int k = 0; k < gang.size(); k++) {
            int task = gang.inOrder(k);
            int node = gang.node(task);
            if (k == 0 || node != gang.node(gang.inOrder(k - 1))) {
                leave(node, ticket);
                if (answer == 0) {
                    ledger.announce(node);
                }
            }
        }
        blocks.give(hand.block);
        // nodes-before-ticket
        tickets.giveBack(ticket);
        if (answer != 0) {
            freeEntries(gang, gang.size());
        }
        return answer;
    }

    /** Reserves an entry for each task, and writes down what is asked for. */
    private void write(long ticket, GangClaim gang) {
        int written = 0;
        try {
            long[] data = tickets.prepare(ticket, gang.size());
            while (written < gang.size()) {
                int task = gang.inOrder(written);
                int node = gang.node(task);
                ClaimSpec spec = gang.spec(task);
                int entry = reserve(node);
                // Before anybody can know the entry, and release it.
                gang.handle(task, entry < 0 ? 0 : Ledger.handle(node, entry, table.generationIfTaken(node, entry)));
                written++;
                if (entry >= 0) {
                    table.write(node, entry, spec);
                }
                tickets.write(data, written - 1, node, entry, gang.expectedVersion(task), spec);
            }
        } catch (Throwable e) {
            freeEntries(gang, written);
            tickets.giveBack(ticket);
            throw e;
        }
    }

    /**
     * An entry for a claim on the node, or -1 when none is to be had just now. Which entries are live is read without looking
     * whether the node changes: an entry is whose status says so, and being at the claim limit is found out later.
     */
    private int reserve(int node) {
        int block = blockNow((long) LONGS.getVolatile(control, node));
        return Math.max(table.reserve(node, layout, words, block * blockWords), NONE);
    }

    private void freeEntries(GangClaim gang, int written) {
        for (int k = 0; k < written; k++) {
            int task = gang.inOrder(k);
            long handle = gang.handle(task);
            if (handle != 0) {
                table.free(gang.node(task), Ledger.entryOf(handle));
                gang.handle(task, 0);
            }
        }
    }

    /** Sees to it that the gang is decided, by its owner or by anyone else. */
    private void decide(long ticket, GangTickets.Hand hand) {
        int task = 0;
        while (tickets.undecided(ticket)) {
            long[] data = tickets.data(ticket);
            if (task >= GangTickets.tasks(data)) {
                tickets.decide(ticket, GangTickets.SUCCEEDED);
                return;
            }
            int node = tickets.node(data, task);
            long seen = (long) LONGS.getVolatile(control, node);
            if (!ControlWord.tentative(seen)) {
                put(ticket, data, task, node, seen, hand);
            } else if (ticketOf(seen) != ticket) {
                settle(node, seen, hand);
            } else if ((long) LONGS.getVolatile(control, node) == seen) {
                task = tickets.nextNode(data, task);
            }
        }
    }

    /** Puts the gang on a node, or decides that it has failed, or does nothing because the node has changed meanwhile. */
    private void put(long ticket, long[] data, int task, int node, long seen, GangTickets.Hand hand) {
        int base = hand.block * blockWords;
        if (!ledger.copyBlock(node, seen, base)) {
            return;
        }
        // word-before-ticket
        if (!tickets.undecided(ticket)) {
            return;
        }
        // From here on the ticket may come to be over and the tasks another gang's: then nothing that is made of them
        // counts.
        int code = take(data, task, node, hand);
        VarHandle.acquireFence();
        if (code != GangTickets.UNDECIDED) {
            // decide-by-comparing
            tickets.decide(ticket, code);
            return;
        }
        int header = hand.block * HEADER_WORDS;
        LONGS.setOpaque(headers, header + TICKET, ticket);
        LONGS.setOpaque(headers, header + BEFORE, (long) ControlWord.block(seen));
        long tentative = ControlWord.nextTentative(seen, hand.block);
        // put-by-comparing
        if (LONGS.compareAndSet(control, node, seen, tentative)) {
            // put-then-ticket
            hand.block = blocks.take();
            if (!tickets.undecided(ticket)) {
                takeOff(node, tentative);
            }
        }
    }

    /**
     * Takes what the tasks on a node are to hold, in the block in hand.
     *
     * @return what the gang has failed with, or {@link GangTickets#UNDECIDED}
     */
    private int take(long[] data, int first, int node, GangTickets.Hand hand) {
        int base = hand.block * blockWords;
        int end = tickets.nextNode(data, first);
        for (int task = first; task < end; task++) {
            tickets.spec(data, task, hand.spec);
            long refusal = ledger.refusal(node, base, hand.spec, tickets.expectedVersion(data, task));
            if (refusal != 0) {
                return GangTickets.failed(refusal);
            }
            int entry = tickets.entry(data, task);
            if (entry < 0) {
                boolean full = layout.liveClaims(words, base) == ledger.claimLimit();
                return full ? GangTickets.failed(Ledger.CLAIM_LIMIT) : GangTickets.AGAIN;
            }
            arithmetic.take(node, words, base, hand.spec);
            layout.live(words, base, entry, true);
        }
        words[base + BlockLayout.VERSION]++;
        return GangTickets.UNDECIDED;
    }

    private long ticketOf(long tentative) {
        long ticket = (long) LONGS.getOpaque(headers, ControlWord.block(tentative) * HEADER_WORDS + TICKET);
        VarHandle.acquireFence();
        return ticket;
    }

    private int blockBefore(long tentative) {
        long before = (long) LONGS.getOpaque(headers, ControlWord.block(tentative) * HEADER_WORDS + BEFORE);
        VarHandle.acquireFence();
        return (int) before;
    }

    /**
     * The block that a node stands on, going by what its control word was. It counts only when the control word is then found
     * unchanged.
     */
    int blockNow(long seen) {
        int block = ControlWord.block(seen);
        if (!ControlWord.tentative(seen)) {
            return block;
        }
        int before = blockBefore(seen);
        return tickets.succeeded(ticketOf(seen)) ? block : before;
    }

    /** Takes a node off the gang that it is tentative under, after helping that gang to be decided. */
    void settle(int node, long seen) {
        if (!tickets.undecided(ticketOf(seen))) {
            takeOff(node, seen);
            return;
        }
        long own = tickets.take();
        GangTickets.Hand hand = tickets.hand(own);
        hand.block = blocks.take();
        settle(node, seen, hand);
        blocks.give(hand.block);
        tickets.giveBack(own);
    }

    private void settle(int node, long seen, GangTickets.Hand hand) {
        long ticket = ticketOf(seen);
        if ((long) LONGS.getVolatile(control, node) == seen) {
            decide(ticket, hand);
            takeOff(node, seen);
        }
    }

    /** Takes a node off a gang that is decided. */
    private void takeOff(int node, long seen) {
        int block = ControlWord.block(seen);
        int before = blockBefore(seen);
        boolean succeeded = tickets.succeeded(ticketOf(seen));
        // take-off-by-comparing
        if (LONGS.compareAndSet(control, node, seen, ControlWord.next(seen, succeeded ? block : before))) {
            blocks.give(succeeded ? before : block);
        }
    }

    /** Sees to it that a node is not tentative under a gang of ours that is decided. */
    private void leave(int node, long ticket) {
        long seen = (long) LONGS.getVolatile(control, node);
        while (ControlWord.tentative(seen) && ticketOf(seen) == ticket) {
            takeOff(node, seen);
            seen = (long) LONGS.getVolatile(control, node);
        }
    }
}
