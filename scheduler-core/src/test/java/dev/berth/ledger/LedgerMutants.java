package dev.berth.ledger;

import java.util.List;

/** The orders that the proof of the ledger relies on, each with the swap that must be noticed. */
final class LedgerMutants {
    private static final String AT = "SchedulePoints.at(\"between\");";

    private LedgerMutants() {}

    /**
     * A swap.
     *
     * @param name what is swapped
     * @param file source file
     * @param original the piece of the source
     * @param withPoint the same, with a schedule point in it
     * @param swapped the piece with the order swapped, and the schedule point between
     * @param schedule schedule of {@link LedgerSchedules} that tells them apart
     */
    record Mutant(String name, String file, String original, String withPoint, String swapped, String schedule) {
        String edited(String source, String by) {
            return MutantLoader.replace(file, source, original, by);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static List<Mutant> all() {
        return List.of(
                new Mutant(
                        "copy-then-check: read compares the control word before it copies",
                        "Ledger.java",
                        """
                        for (int w = 0; w < blockWords; w++) {
                            to[w] = (long) LONGS.getOpaque(words, from + w);
                        }
                        VarHandle.acquireFence();
                        if (controlVolatile(node) == seen) {
                            out.version(""",
                        """
                        for (int w = 0; w < blockWords; w++) {
                            to[w] = (long) LONGS.getOpaque(words, from + w);
                            if (w == BlockLayout.STATE) { %s }
                        }
                        VarHandle.acquireFence();
                        if (controlVolatile(node) == seen) {
                            out.version(""".formatted(AT),
                        """
                        boolean unchanged = controlVolatile(node) == seen;
                        for (int w = 0; w < blockWords; w++) {
                            to[w] = (long) LONGS.getOpaque(words, from + w);
                            if (w == BlockLayout.STATE) { %s }
                        }
                        if (unchanged) {
                            out.version(""".formatted(AT),
                        "readWhileTheBlockIsUsedAgain"),
                new Mutant(
                        "copy-then-check: an operation compares the control word before it copies",
                        "Ledger.java",
                        """
                        VarHandle.releaseFence();
                        for (int w = 0; w < blockWords; w++) {
                            LONGS.setOpaque(words, base + w, (long) LONGS.getOpaque(words, from + w));
                        }
                        // copy-then-check
                        VarHandle.acquireFence();
                        return controlVolatile(node) == seen;""",
                        """
                        VarHandle.releaseFence();
                        %s
                        for (int w = 0; w < blockWords; w++) {
                            LONGS.setOpaque(words, base + w, (long) LONGS.getOpaque(words, from + w));
                        }
                        VarHandle.acquireFence();
                        return controlVolatile(node) == seen;""".formatted(AT),
                        """
                        boolean unchanged = controlVolatile(node) == seen;
                        %s
                        for (int w = 0; w < blockWords; w++) {
                            LONGS.setOpaque(words, base + w, (long) LONGS.getOpaque(words, from + w));
                        }
                        return unchanged;""".formatted(AT),
                        "claimWhileTheBlockGoesToAFullNode"),
                new Mutant(
                        "copy-then-check: the free mask is told without comparing the control word",
                        "Ledger.java",
                        """
                        long state = (long) LONGS.getOpaque(words, blockOf(seen) * blockWords + BlockLayout.STATE);
                        VarHandle.acquireFence();
                        if (controlVolatile(node) == seen) {""",
                        """
                        %s
                        long state = (long) LONGS.getOpaque(words, blockOf(seen) * blockWords + BlockLayout.STATE);
                        VarHandle.acquireFence();
                        if (controlVolatile(node) == seen) {""".formatted(AT),
                        """
                        boolean unchanged = controlVolatile(node) == seen;
                        %s
                        long state = (long) LONGS.getOpaque(words, blockOf(seen) * blockWords + BlockLayout.STATE);
                        if (unchanged) {""".formatted(AT),
                        "maskWhileTheBlockGoesToAFullNode"),
                new Mutant(
                        "copy-then-check: the control word is compared before the record is read",
                        "Ledger.java",
                        """
                        if (live) {
                            table.read(node, entry, out);
                        }
                        VarHandle.acquireFence();
                        if (controlVolatile(node) == seen) {
                            return live;
                        }""",
                        """
                        %s
                        if (live) {
                            table.read(node, entry, out);
                        }
                        VarHandle.acquireFence();
                        if (controlVolatile(node) == seen) {
                            return live;
                        }""".formatted(AT),
                        """
                        if (controlVolatile(node) == seen) {
                            %s
                            if (live) {
                                table.read(node, entry, out);
                            }
                            return live;
                        }""".formatted(AT),
                        "holdingWhileTheEntryIsUsedAgain"),
                new Mutant(
                        "word-before-status: release reads the generation before the control word",
                        "Ledger.java",
                        """
                        for (; ; seen = controlVolatile(node)) {
                            if (!copyBlock(node, seen, base)) {
                                continue;
                            }
                            // word-before-status: a later claim on this entry shows its generation before its bit.
                            boolean live = layout.live(words, base, entry)
                                    && table.generationIfTaken(node, entry) == generationOf(handle)""",
                        """
                        for (; ; seen = controlVolatile(node)) {
                            %s
                            if (!copyBlock(node, seen, base)) {
                                continue;
                            }
                            boolean live = layout.live(words, base, entry)
                                    && table.generationIfTaken(node, entry) == generationOf(handle)""".formatted(AT),
                        """
                        while (true) {
                            boolean mine = table.generationIfTaken(node, entry) == generationOf(handle);
                            %s
                            seen = controlVolatile(node);
                            if (!copyBlock(node, seen, base)) {
                                continue;
                            }
                            boolean live = layout.live(words, base, entry)
                                    && mine""".formatted(AT),
                        "releaseTwiceAroundAClaim"),
                new Mutant(
                        "word-before-status: isLive reads the generation before the control word",
                        "Ledger.java",
                        """
                        long seen = controlVolatile(node);
                        long bits = (long) LONGS.getOpaque(words, blockOf(seen) * blockWords + layout.liveAt() + (entry >>> 6));
                        boolean live = (bits >>> entry & 1) != 0 && table.generationIfTaken(node, entry) == generationOf(handle);""",
                        """
                        long seen = controlVolatile(node);
                        long bits = (long) LONGS.getOpaque(words, blockOf(seen) * blockWords + layout.liveAt() + (entry >>> 6));
                        %s
                        boolean live = (bits >>> entry & 1) != 0 && table.generationIfTaken(node, entry) == generationOf(handle);""".formatted(AT),
                        """
                        boolean mine = table.generationIfTaken(node, entry) == generationOf(handle);
                        %s
                        long seen = controlVolatile(node);
                        long bits = (long) LONGS.getOpaque(words, blockOf(seen) * blockWords + layout.liveAt() + (entry >>> 6));
                        boolean live = (bits >>> entry & 1) != 0 && mine;""".formatted(AT),
                        "isLiveAroundAClaim"),
                new Mutant(
                        "generations: an entry keeps its generation when it is reserved again",
                        "ClaimTable.java",
                        "long generation = status + 2 >>> 1 & 0xFFFF_FFFFL;",
                        "long generation = status + 2 >>> 1 & 0xFFFF_FFFFL;",
                        "long generation = Math.max(1, status >>> 1) & 0xFFFF_FFFFL;",
                        "staleHandle"),
                new Mutant(
                        "record-before-word: claim writes the record after the CAS",
                        "Ledger.java",
                        """
                            entry = reserved;
                            table.write(node, entry, spec);
                        }
                        arithmetic.take(node, words, base, spec);
                        layout.live(words, base, entry, true);
                        // record-before-word: the record was written above.
                        long handle = handle(node, entry, table.generationIfTaken(node, entry));
                        if (swing(node, seen, spare)) {""",
                        """
                            entry = reserved;
                            table.write(node, entry, spec);
                        }
                        arithmetic.take(node, words, base, spec);
                        layout.live(words, base, entry, true);
                        long handle = handle(node, entry, table.generationIfTaken(node, entry));
                        if (swing(node, seen, spare)) {
                            %s""".formatted(AT),
                        """
                            entry = reserved;
                        }
                        arithmetic.take(node, words, base, spec);
                        layout.live(words, base, entry, true);
                        long handle = handle(node, entry, table.generationIfTaken(node, entry));
                        if (swing(node, seen, spare)) {
                            %s
                            table.write(node, entry, spec);""".formatted(AT),
                        "snapshotDuringAClaim"),
                new Mutant(
                        "record-before-word: adopt writes the record after the CAS",
                        "Ledger.java",
                        """
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
                        if (swing(node, seen, spare)) {""",
                        """
                        table.write(node, entry, spec);
                        arithmetic.take(node, words, base, spec);
                        layout.live(words, base, entry, true);
                        long handle = handle(node, entry, table.generationIfTaken(node, entry));
                        if (swing(node, seen, spare)) {
                            %s""".formatted(AT),
                        """
                        arithmetic.take(node, words, base, spec);
                        layout.live(words, base, entry, true);
                        long handle = handle(node, entry, table.generationIfTaken(node, entry));
                        if (swing(node, seen, spare)) {
                            %s
                            table.write(node, entry, spec);""".formatted(AT),
                        "snapshotDuringAnAdoption"),
                new Mutant(
                        "reservation: the status is written without comparing it",
                        "ClaimTable.java",
                        """
                        if ((status & 1) == 0 && LONGS.compareAndSet(page, at & PAGE_WORDS - 1, raw, nextTaken(status))) {
                            return entry;
                        }""",
                        """
                        if ((status & 1) == 0) {
                            %s
                            if (LONGS.compareAndSet(page, at & PAGE_WORDS - 1, raw, nextTaken(status))) {
                                return entry;
                            }
                        }""".formatted(AT),
                        """
                        if ((status & 1) == 0) {
                            %s
                            LONGS.setVolatile(page, at & PAGE_WORDS - 1, nextTaken(status));
                            return entry;
                        }""".formatted(AT),
                        "twoClaimsOneEntry"),
                new Mutant(
                        "word-before-free: release frees the entry before the CAS",
                        "Ledger.java",
                        """
                        if (swing(node, seen, spare)) {
                            // word-before-free: until the swing the record and the block were in use.
                            table.free(node, entry);""",
                        """
                        %s
                        if (swing(node, seen, spare)) {
                            table.free(node, entry);""".formatted(AT),
                        """
                        table.free(node, entry);
                        %s
                        if (swing(node, seen, spare)) {""".formatted(AT),
                        "releaseWhileOthersClaim"),
                new Mutant(
                        "word-before-free: claim gives the old block back before the CAS",
                        "Ledger.java",
                        """
                        // record-before-word: the record was written above.
                        long handle = handle(node, entry, table.generationIfTaken(node, entry));
                        if (swing(node, seen, spare)) {
                            spares.give(blockOf(seen));""",
                        """
                        long handle = handle(node, entry, table.generationIfTaken(node, entry));
                        %s
                        if (swing(node, seen, spare)) {
                            spares.give(blockOf(seen));""".formatted(AT),
                        """
                        long handle = handle(node, entry, table.generationIfTaken(node, entry));
                        spares.give(blockOf(seen));
                        %s
                        if (swing(node, seen, spare)) {""".formatted(AT),
                        "readWhileTheOldBlockIsGivenBack"),
                new Mutant(
                        "word-before-feed: claim announces the change before the CAS",
                        "Ledger.java",
                        """
                        // record-before-word: the record was written above.
                        long handle = handle(node, entry, table.generationIfTaken(node, entry));
                        if (swing(node, seen, spare)) {
                            spares.give(blockOf(seen));
                            announce(node);""",
                        """
                        long handle = handle(node, entry, table.generationIfTaken(node, entry));
                        %s
                        if (swing(node, seen, spare)) {
                            spares.give(blockOf(seen));
                            announce(node);""".formatted(AT),
                        """
                        long handle = handle(node, entry, table.generationIfTaken(node, entry));
                        announce(node);
                        %s
                        if (swing(node, seen, spare)) {
                            spares.give(blockOf(seen));""".formatted(AT),
                        "pollDuringAClaim"),
                new Mutant(
                        "feed: the summary is set before the leaf",
                        "ChangeFeed.java",
                        """
                        set(leaf, node);
                        set(middle, node >>> 6);
                        set(top, node >>> 12);""",
                        """
                        set(leaf, node);
                        set(middle, node >>> 6);
                        %s
                        set(top, node >>> 12);""".formatted(AT),
                        """
                        set(top, node >>> 12);
                        set(middle, node >>> 6);
                        %s
                        set(leaf, node);""".formatted(AT),
                        "pollDuringAnAnnouncement"),
                new Mutant(
                        "feed: the leaf is read and then cleared, in two steps",
                        "ChangeFeed.java",
                        "leafBits = (long) LONGS.getAndSet(leaf, leafAt, 0L);",
                        """
                        leafBits = (long) LONGS.getAndSet(leaf, leafAt, 0L);
                        %s""".formatted(AT),
                        """
                        leafBits = (long) LONGS.getVolatile(leaf, leafAt);
                        %s
                        LONGS.setVolatile(leaf, leafAt, 0L);""".formatted(AT),
                        "announcementDuringAPoll"),
                new Mutant(
                        "feed: the summary is cleared after the leaf",
                        "ChangeFeed.java",
                        """
                                leafBits = (long) LONGS.getAndSet(leaf, leafAt, 0L);
                            } else if (topBits != 0) {
                                middleAt = topAt << 6 | Long.numberOfTrailingZeros(topBits);
                                topBits &= topBits - 1;
                                middleBits = (long) LONGS.getAndSet(middle, middleAt, 0L);""",
                        """
                                leafBits = (long) LONGS.getAndSet(leaf, leafAt, 0L);
                                %s
                            } else if (topBits != 0) {
                                middleAt = topAt << 6 | Long.numberOfTrailingZeros(topBits);
                                topBits &= topBits - 1;
                                middleBits = (long) LONGS.getAndSet(middle, middleAt, 0L);""".formatted(AT),
                        """
                                leafBits = (long) LONGS.getAndSet(leaf, leafAt, 0L);
                                %s
                                LONGS.setVolatile(middle, middleAt, 0L);
                            } else if (topBits != 0) {
                                middleAt = topAt << 6 | Long.numberOfTrailingZeros(topBits);
                                topBits &= topBits - 1;
                                middleBits = (long) LONGS.getVolatile(middle, middleAt);""".formatted(AT),
                        "announcementDuringAPoll"),
                new Mutant(
                        "feeds: a subscriber is added without comparing the list",
                        "Ledger.java",
                        """
                        if (FEEDS.compareAndSet(this, old, more)) {
                            return feed;
                        }""",
                        """
                        %s
                        if (FEEDS.compareAndSet(this, old, more)) {
                            return feed;
                        }""".formatted(AT),
                        """
                        %s
                        feeds = more;
                        if (feeds == more) {
                            return feed;
                        }""".formatted(AT),
                        "twoSubscribers"),
                new Mutant(
                        "spare blocks: a block is read and then taken, in two steps",
                        "SpareBlocks.java",
                        "long block = (long) CELL.getAndSet(cells, cell, NONE);",
                        "%s long block = (long) CELL.getAndSet(cells, cell, NONE);".formatted(AT),
                        """
                        long block = (long) CELL.getVolatile(cells, cell);
                        %s
                        CELL.setVolatile(cells, cell, NONE);""".formatted(AT),
                        "twoTakersOneBlock"),
                new Mutant(
                        "spare blocks: a cell is filled without comparing it",
                        "SpareBlocks.java",
                        """
                        if ((long) CELL.getOpaque(cells, cell) == NONE && CELL.compareAndSet(cells, cell, NONE, (long) block)) {
                            return;
                        }""",
                        """
                        if ((long) CELL.getOpaque(cells, cell) == NONE) {
                            %s
                            if (CELL.compareAndSet(cells, cell, NONE, (long) block)) {
                                return;
                            }
                        }""".formatted(AT),
                        """
                        if ((long) CELL.getOpaque(cells, cell) == NONE) {
                            %s
                            CELL.setVolatile(cells, cell, (long) block);
                            return;
                        }""".formatted(AT),
                        "twoGiversOneCell"),
                new Mutant(
                        "swing: the control word is written without comparing it",
                        "Ledger.java",
                        """
                        return LONGS.compareAndSet(control, node, seen, ControlWord.next(seen, block));""",
                        """
                        %s
                        return LONGS.compareAndSet(control, node, seen, ControlWord.next(seen, block));""".formatted(AT),
                        """
                        %s
                        LONGS.setVolatile(control, node, ControlWord.next(seen, block));
                        return true;""".formatted(AT),
                        "twoClaimsOneGpu"),
                new Mutant(
                        "swing: the count of changes does not grow",
                        "Ledger.java",
                        """
                        return LONGS.compareAndSet(control, node, seen, ControlWord.next(seen, block));""",
                        """
                        %s
                        return LONGS.compareAndSet(control, node, seen, ControlWord.next(seen, block));""".formatted(AT),
                        """
                        %s
                        return LONGS.compareAndSet(control, node, seen, seen >>> 22 << 22 | block);""".formatted(AT),
                        "theSameBlockAgain"),
                new Mutant(
                        "migration: the last snapshot is taken before the nodes are sealed",
                        "Ledger.java",
                        """
                        for (int node = 0; node < control.length; node++) {
                            seal(node);
                        }
                        LedgerSnapshot last = snapshot();""",
                        """
                        for (int node = 0; node < control.length; node++) {
                            seal(node);
                        }
                        %s
                        LedgerSnapshot last = snapshot();""".formatted(AT),
                        """
                        LedgerSnapshot last = snapshot();
                        %s
                        for (int node = 0; node < control.length; node++) {
                            seal(node);
                        }""".formatted(AT),
                        "claimDuringAMigration"),
                new Mutant(
                        "claim table: words are handed out without comparing where the next ones are",
                        "ClaimTable.java",
                        "if (NEXT.compareAndSet(this, old, from + words)) {",
                        "%s if (NEXT.compareAndSet(this, old, from + words)) {".formatted(AT),
                        "%s next = from + words; if (next == from + words) {".formatted(AT),
                        "twoNinthClaimsOfTheirNodes"),
                new Mutant(
                        "claim table: a chunk is entered without comparing",
                        "ClaimTable.java",
                        "INTS.compareAndSet(chunks, node * chunksPerNode + chunk - 1, 0, base + 1);",
                        "%s INTS.compareAndSet(chunks, node * chunksPerNode + chunk - 1, 0, base + 1);".formatted(AT),
                        "%s INTS.setVolatile(chunks, node * chunksPerNode + chunk - 1, base + 1);".formatted(AT),
                        "twoNinthClaimsOfOneNode"),
                new Mutant(
                        "claim table: a page is entered without comparing",
                        "ClaimTable.java",
                        "PAGES.compareAndSet(pages, page, (long[]) null, new long[PAGE_WORDS]);",
                        "%s PAGES.compareAndSet(pages, page, (long[]) null, new long[PAGE_WORDS]);".formatted(AT),
                        "%s PAGES.setVolatile(pages, page, new long[PAGE_WORDS]);".formatted(AT),
                        "twoFirstClaimsOfOneNode"));
    }
}
