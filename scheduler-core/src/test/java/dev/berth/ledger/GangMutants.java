package dev.berth.ledger;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The orders that the proof of gang claims relies on, each with the swap that must be noticed. The source names its orders in
 * comments; each such comment becomes a {@link SchedulePoints schedule point} of that name, in the source as it is and in the changed one.
 */
final class GangMutants {
    private static final Map<String, List<String>> POINTS = Map.of(
            "Gangs.java",
                    List.of(
                            "word-before-ticket",
                            "decide-by-comparing",
                            "put-by-comparing",
                            "put-then-ticket",
                            "take-off-by-comparing",
                            "word-before-feed",
                            "nodes-before-ticket"),
            "GangTickets.java", List.of("take-by-comparing"),
            "GangBlocks.java", List.of("count-changes", "book-by-comparing"));

    private GangMutants() {}

    /**
     * A swap.
     *
     * @param name what is swapped
     * @param file source file
     * @param original the piece of the source
     * @param swapped the piece with the order swapped
     * @param schedule schedule of {@link GangSchedules} that tells them apart
     */
    record Mutant(String name, String file, String original, String swapped, String schedule) {
        /** The sources as they are, with their schedule points. */
        static Map<String, String> sound() {
            Map<String, String> texts = new HashMap<>();
            POINTS.keySet().forEach(file -> texts.put(file, withPoints(file, MutantLoader.source(file))));
            return texts;
        }

        /** The same with the order swapped. */
        Map<String, String> mutated() {
            Map<String, String> texts = sound();
            String text = MutantLoader.replace(file, MutantLoader.source(file), original, swapped);
            texts.put(file, withPoints(file, text));
            return texts;
        }

        private static String withPoints(String file, String text) {
            String with = text;
            for (String point : POINTS.getOrDefault(file, List.of())) {
                with = MutantLoader.replace(
                        file, with, "// " + point, "SchedulePoints.at(\"" + point + "\"); // " + point + "\n");
            }
            return with;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static List<Mutant> all() {
        return List.of(
                new Mutant(
                        "word-before-ticket: the ticket is found undecided before the control word is read",
                        "Gangs.java",
                        """
                        // word-before-ticket
                        if (!tickets.undecided(ticket)) {
                            return;
                        }""",
                        """
                        if (!tickets.undecided(ticket)) {
                            return;
                        }
                        // word-before-ticket
                        seen = (long) LONGS.getVolatile(control, node);
                        if (ControlWord.tentative(seen) || !ledger.copyBlock(node, seen, base)) {
                            return;
                        }""",
                        "aGangSucceedsWhileItsOwnerIsAboutToPutIt"),
                new Mutant(
                        "put-by-comparing: the control word is written without comparing it",
                        "Gangs.java",
                        "if (LONGS.compareAndSet(control, node, seen, tentative)) {",
                        "LONGS.setVolatile(control, node, tentative); {",
                        "aNodeIsClaimedWhileAGangIsPutOnIt"),
                new Mutant(
                        "put-then-ticket: who puts a gang on a node does not look at the ticket again",
                        "Gangs.java",
                        """
                        if (!tickets.undecided(ticket)) {
                            takeOff(node, tentative);
                        }""",
                        "",
                        "aGangThatHasFailedIsPutOnANode"),
                new Mutant(
                        "tickets: an old ticket reads as the slot's new one",
                        "GangTickets.java",
                        "(status ^ ticket) >>> SEQUENCE_SHIFT == 0 ?",
                        "status != -1 ?",
                        "aGangThatHasFailedIsPutOnANodeUnderATicketThatIsUsedAgain"),
                new Mutant(
                        "nodes-before-ticket: the ticket is given back before its nodes are taken off it",
                        "Gangs.java",
                        """
                        long answer = tickets.answer(ticket);
                        // word-before-feed
                        for (""",
                        """
                        long answer = tickets.answer(ticket);
                        tickets.giveBack(ticket);
                        // word-before-feed
                        for (""",
                        "nodesAreReadBetweenTheDecisionAndTheEnd"),
                new Mutant(
                        "all at once: what is tentative is not yet so when the gang has succeeded",
                        "Gangs.java",
                        "return tickets.succeeded(ticketOf(seen)) ? block : before;",
                        "return before;",
                        "nodesAreReadBetweenTheDecisionAndTheEnd"),
                new Mutant(
                        "all at once: what is tentative is so before the gang has succeeded",
                        "Gangs.java",
                        "return tickets.succeeded(ticketOf(seen)) ? block : before;",
                        "return block;",
                        "nodesAreReadBeforeTheDecision"),
                new Mutant(
                        "helping: a claim is refused because of a gang that is refused itself",
                        "Ledger.java",
                        """
                        if (ControlWord.tentative(seen)) {
                            gangs.settle(node, seen);
                            return false;
                        }""",
                        """
                        if (ControlWord.tentative(seen)) {
                            for (int w = 0; w < blockWords; w++) {
                                words[base + w] = words[ControlWord.block(seen) * blockWords + w];
                            }
                            return true;
                        }""",
                        "aNodeIsClaimedBeforeTheDecision"),
                new Mutant(
                        "helping: gangs go to their nodes as their tasks were added",
                        "GangClaim.java",
                        "Arrays.sort(order, 0, size);",
                        "",
                        "twoGangsInOppositeOrder"),
                new Mutant(
                        "decide-by-comparing: the ticket is decided without comparing it",
                        "GangTickets.java",
                        """
                        LONGS.compareAndSet(statuses, statusAt(ticket), status(ticket, UNDECIDED), status(ticket, code));""",
                        "LONGS.setVolatile(statuses, statusAt(ticket), status(ticket, code));",
                        "aGangSucceedsWhileItsOwnerIsAboutToGiveUp"),
                new Mutant(
                        "take-off-by-comparing: the control word is written without comparing it",
                        "Gangs.java",
                        """
                        if (LONGS.compareAndSet(control, node, seen, ControlWord.next(seen, succeeded ? block : before))) {""",
                        """
                        LONGS.setVolatile(control, node, ControlWord.next(seen, succeeded ? block : before));
                        {""",
                        "aNodeIsClaimedWhileItIsTakenOffAGang"),
                new Mutant(
                        "word-before-free: the block is given back before the node is taken off it",
                        "Gangs.java",
                        """
                        // take-off-by-comparing
                        if (LONGS.compareAndSet(control, node, seen, ControlWord.next(seen, succeeded ? block : before))) {
                            blocks.give(succeeded ? before : block);
                        }""",
                        """
                        blocks.give(succeeded ? before : block);
                        // take-off-by-comparing
                        LONGS.compareAndSet(control, node, seen, ControlWord.next(seen, succeeded ? block : before));""",
                        "aNodeIsClaimedWhileItIsTakenOffAGang"),
                new Mutant(
                        "word-before-feed: the change is announced before the decision",
                        "Gangs.java",
                        """
                        decide(ticket, hand);
                        long answer = tickets.answer(ticket);
                        // word-before-feed
                        """,
                        """
                        for (int task = 0; task < gang.size(); task++) {
                            ledger.announce(gang.node(task));
                        }
                        // word-before-feed
                        decide(ticket, hand);
                        long answer = tickets.answer(ticket);
                        for (int k = 0; k < gang.size() && answer == 0; k++) {
                            leave(gang.node(gang.inOrder(k)), ticket);
                        }
                        if (answer == 0) {
                            blocks.give(hand.block);
                            tickets.giveBack(ticket);
                            return answer;
                        }
                        """,
                        "theFeedIsPolledDuringAGangClaim"),
                new Mutant(
                        "record-before-word: the records are written after the decision",
                        "Gangs.java",
                        """
                        if (entry >= 0) {
                            table.write(node, entry, spec);
                        }""",
                        "",
                        "aSnapshotIsTakenBetweenTheDecisionAndTheEnd"),
                new Mutant(
                        "tickets: the block in hand is given back after the ticket",
                        "Gangs.java",
                        """
                        blocks.give(hand.block);
                        // nodes-before-ticket
                        tickets.giveBack(ticket);
                        """,
                        """
                        tickets.giveBack(ticket);
                        // nodes-before-ticket
                        blocks.give(hand.block);
                        """,
                        "anotherGangIsClaimedAtTheEndOfOne"),
                new Mutant(
                        "tickets: a slot is taken without comparing its status",
                        "GangTickets.java",
                        "if (LONGS.compareAndSet(statuses, slot * PADDING, seen, status(ticket, UNDECIDED))) {",
                        "LONGS.setVolatile(statuses, slot * PADDING, status(ticket, UNDECIDED)); {",
                        "twoGangsTakeATicketAtOnce"),
                new Mutant(
                        "blocks: the top of the stack does not count its changes",
                        "GangBlocks.java",
                        "return (seen >>> CHANGES_SHIFT) + 1 << CHANGES_SHIFT;",
                        "return seen >>> CHANGES_SHIFT << CHANGES_SHIFT;",
                        "theTopOfTheStackComesBack"),
                new Mutant(
                        "blocks: they are booked without comparing how many are left",
                        "GangBlocks.java",
                        """
                        // book-by-comparing
                        if (free >= nodes && BOOKABLE.compareAndSet(this, free, free - nodes)) {
                            return;
                        }""",
                        """
                        // book-by-comparing
                        if (free >= nodes) {
                            bookable = free - nodes;
                            return;
                        }""",
                        "twoGangsBookAtOnce"));
    }
}
