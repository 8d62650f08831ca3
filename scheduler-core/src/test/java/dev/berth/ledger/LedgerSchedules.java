package dev.berth.ledger;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.NodeState;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Callable;

/**
 * Schedules for {@link LedgerMutationTest}: an operation on the ledger, and what others do at one point in the middle of it. A
 * schedule throws an {@link AssertionError} when the ledger says or does what no sequential order explains. Loaded together with a copy of the
 * ledger.
 */
public final class LedgerSchedules {
    private final Cluster cluster = LedgerLincheckTest.cluster();
    private final Ledger ledger = Ledger.of(cluster, 64);
    private final NodeReading reading = new NodeReading();

    private LedgerSchedules() {}

    /** The schedule of that name. */
    public static Callable<Object> named(String name) {
        LedgerSchedules on = new LedgerSchedules();
        Runnable schedule = switch (name) {
            case "readWhileTheBlockIsUsedAgain" -> on::readWhileTheBlockIsUsedAgain;
            case "claimWhileTheBlockGoesToAFullNode" -> on::claimWhileTheBlockGoesToAFullNode;
            case "maskWhileTheBlockGoesToAFullNode" -> on::maskWhileTheBlockGoesToAFullNode;
            case "holdingWhileTheEntryIsUsedAgain" -> on::holdingWhileTheEntryIsUsedAgain;
            case "releaseTwiceAroundAClaim" -> on::releaseTwiceAroundAClaim;
            case "isLiveAroundAClaim" -> on::isLiveAroundAClaim;
            case "snapshotDuringAClaim" -> on::snapshotDuringAClaim;
            case "snapshotDuringAnAdoption" -> on::snapshotDuringAnAdoption;
            case "twoClaimsOneEntry" -> on::twoClaimsOneEntry;
            case "releaseWhileOthersClaim" -> on::releaseWhileOthersClaim;
            case "readWhileTheOldBlockIsGivenBack" -> on::readWhileTheOldBlockIsGivenBack;
            case "pollDuringAClaim" -> on::pollDuringAClaim;
            case "pollDuringAnAnnouncement" -> on::pollDuringAnAnnouncement;
            case "announcementDuringAPoll" -> on::announcementDuringAPoll;
            case "twoSubscribers" -> on::twoSubscribers;
            case "twoTakersOneBlock" -> on::twoTakersOneBlock;
            case "twoGiversOneCell" -> on::twoGiversOneCell;
            case "twoClaimsOneGpu" -> on::twoClaimsOneGpu;
            case "theSameBlockAgain" -> on::theSameBlockAgain;
            case "claimDuringAMigration" -> on::claimDuringAMigration;
            case "staleHandle" -> on::staleHandle;
            case "twoNinthClaimsOfTheirNodes" -> on::twoNinthClaimsOfTheirNodes;
            case "twoNinthClaimsOfOneNode" -> on::twoNinthClaimsOfOneNode;
            case "twoFirstClaimsOfOneNode" -> on::twoFirstClaimsOfOneNode;
            default -> throw new IllegalArgumentException(name);
        };
        return () -> {
            schedule.run();
            LedgerInvariants.check(on.ledger);
            return name;
        };
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }

    private long claim(int node, int mask) {
        return ledger.claim(node, new ClaimSpec().whole(mask).cpuMilli(10), Ledger.ANY_VERSION);
    }

    /** Takes the node off its block, so that the next operation uses that block. */
    private void leaveBlock(int node) {
        require(ledger.release(ledger.claim(node, new ClaimSpec().cpuMilli(1), Ledger.ANY_VERSION)), "not released");
        ledger.claim(node, new ClaimSpec(), Ledger.ANY_VERSION);
    }

    private void fill(int node) {
        require(claim(node, 0b11) > 0, "an empty node has no room");
    }

    private void readWhileTheBlockIsUsedAgain() {
        SchedulePoints.arm("between", () -> {
            claim(0, 1);
            claim(0, 2);
        });
        ledger.read(0, reading);
        require(
                reading.cpuFreeMilli() == 20 + 10 * Integer.bitCount(reading.freeGpuMask()),
                "read figures of different moments");
    }

    private void blockOfNode0GoesToFullNode1() {
        ledger.claim(0, new ClaimSpec(), Ledger.ANY_VERSION);
        ledger.setState(1, NodeState.DRAINING);
    }

    private void claimWhileTheBlockGoesToAFullNode() {
        fill(1);
        SchedulePoints.arm("between", this::blockOfNode0GoesToFullNode1);
        require(claim(0, 1) > 0, "refused by what another node has");
    }

    private void maskWhileTheBlockGoesToAFullNode() {
        fill(1);
        SchedulePoints.arm("between", this::blockOfNode0GoesToFullNode1);
        require(ledger.freeGpuMask(0) == 0b11, "told another node's free GPUs");
    }

    private void holdingWhileTheEntryIsUsedAgain() {
        long handle = claim(0, 1);
        SchedulePoints.arm("between", () -> {
            ledger.release(handle);
            ledger.claim(0, new ClaimSpec().whole(0b11), Ledger.ANY_VERSION);
        });
        ClaimSpec held = new ClaimSpec();
        require(!ledger.claimOf(handle, held) || held.gpuMask() == 1, "told what another claim holds");
    }

    private void releaseTwiceAroundAClaim() {
        long handle = claim(0, 1);
        long[] next = new long[1];
        SchedulePoints.arm("between", () -> {
            require(ledger.release(handle), "not released");
            next[0] = claim(0, 1);
        });
        require(!ledger.release(handle), "released twice");
        require(ledger.isLive(next[0]), "another's claim was released");
    }

    private void isLiveAroundAClaim() {
        long handle = claim(0, 1);
        SchedulePoints.arm("between", () -> {
            ledger.release(handle);
            claim(0, 2);
        });
        require(!ledger.isLive(handle), "live after its release, because another claim has its entry");
    }

    private void requireSnapshotToAddUp() {
        LedgerSnapshot snapshot = ledger.snapshot();
        int held = 0;
        for (int i = 0; i < snapshot.claimCount(); i++) {
            ClaimSpec claim = new ClaimSpec();
            snapshot.claim(i, claim);
            held += claim.gpuCount();
        }
        int free = 0;
        for (int node = 0; node < cluster.nodeCount(); node++) {
            snapshot.read(node, reading);
            free += Integer.bitCount(reading.freeGpuMask());
        }
        require(held + free == 4, "held and free do not add up");
    }

    private void snapshotDuringAClaim() {
        SchedulePoints.arm("between", this::requireSnapshotToAddUp);
        claim(0, 1);
    }

    private void snapshotDuringAnAdoption() {
        SchedulePoints.arm("between", this::requireSnapshotToAddUp);
        ledger.adopt(0, new ClaimSpec().whole(1));
    }

    private void twoClaimsOneEntry() {
        long[] other = new long[1];
        SchedulePoints.arm("between", () -> other[0] = claim(0, 1));
        long handle = claim(0, 2);
        require(handle != other[0], "one handle for two claims");
    }

    private void releaseWhileOthersClaim() {
        long handle = claim(0, 1);
        SchedulePoints.arm("between", () -> claim(0, 2));
        require(ledger.release(handle), "a live claim could not be released");
        require(!ledger.isLive(handle), "live after its release");
    }

    private void readWhileTheOldBlockIsGivenBack() {
        fill(1);
        SchedulePoints.arm("between", () -> {
            ledger.setState(1, NodeState.DRAINING);
            require(ledger.freeGpuMask(0) == 0b11, "a node stands on another node's block");
        });
        claim(0, 1);
    }

    private void pollDuringAClaim() {
        ChangeFeed feed = ledger.subscribe();
        long[] seen = new long[1];
        Runnable index = () -> {
            for (int node = feed.poll(); node >= 0; node = feed.poll()) {
                ledger.read(node, reading);
                seen[0] = reading.version();
            }
        };
        SchedulePoints.arm("between", index);
        claim(0, 1);
        index.run();
        require(seen[0] == ledger.version(0), "the index missed a change");
    }

    private void pollDuringAnAnnouncement() {
        ChangeFeed feed = ledger.subscribe();
        Set<Integer> told = new HashSet<>();
        SchedulePoints.arm("between", () -> drain(feed, told));
        claim(0, 1);
        drain(feed, told);
        require(told.contains(0), "a change was never told");
    }

    private void announcementDuringAPoll() {
        ChangeFeed feed = ledger.subscribe();
        Set<Integer> told = new HashSet<>();
        claim(0, 1);
        SchedulePoints.arm("between", () -> claim(1, 1));
        drain(feed, told);
        drain(feed, told);
        require(told.contains(1), "a change was never told");
    }

    private static void drain(ChangeFeed feed, Set<Integer> told) {
        for (int node = feed.poll(); node >= 0; node = feed.poll()) {
            told.add(node);
        }
    }

    private void twoSubscribers() {
        ChangeFeed[] other = new ChangeFeed[1];
        SchedulePoints.arm("between", () -> other[0] = ledger.subscribe());
        ChangeFeed feed = ledger.subscribe();
        claim(0, 1);
        require(feed.poll() == 0 && other[0].poll() == 0, "a subscriber was lost");
    }

    private void twoTakersOneBlock() {
        SchedulePoints.arm("between", () -> claim(1, 1));
        claim(0, 1);
    }

    private void twoGiversOneCell() {
        SchedulePoints.arm("between", () -> claim(1, 1));
        claim(0, 1);
    }

    private void twoClaimsOneGpu() {
        long[] other = new long[1];
        SchedulePoints.arm("between", () -> other[0] = claim(0, 1));
        long handle = claim(0, 1);
        require(other[0] > 0, "refused although free");
        require(handle == Ledger.NO_ROOM, "a GPU has two holders");
    }

    private void theSameBlockAgain() {
        long[] other = new long[1];
        SchedulePoints.arm("between", () -> {
            leaveBlock(0);
            other[0] = claim(0, 1);
        });
        long handle = claim(0, 1);
        require(other[0] > 0, "refused although free");
        require(handle == Ledger.NO_ROOM, "a GPU has two holders");
    }

    private void claimDuringAMigration() {
        long[] late = new long[1];
        SchedulePoints.arm("between", () -> late[0] = claim(0, 1));
        Migration migration = ledger.migrate(cluster);
        require(late[0] == Ledger.MOVED || migration.handle(late[0]) > 0, "a claim was lost in the migration");
    }

    private void staleHandle() {
        long handle = claim(0, 1);
        ledger.release(handle);
        claim(0, 1);
        require(!ledger.isLive(handle), "live after its release");
    }

    /** As many claims as have their records where all nodes' first ones are. */
    private void eightClaims(int node) {
        for (int i = 0; i < 8; i++) {
            require(ledger.claim(node, new ClaimSpec(), Ledger.ANY_VERSION) > 0, "an empty claim was refused");
        }
    }

    private void twoNinthClaimsOfTheirNodes() {
        eightClaims(0);
        eightClaims(1);
        long[] other = new long[1];
        SchedulePoints.arm("between", () -> other[0] = claim(1, 2));
        ClaimSpec held = new ClaimSpec();
        require(ledger.claimOf(claim(0, 1), held) && held.gpuMask() == 1, "a record was overwritten");
        require(ledger.claimOf(other[0], held) && held.gpuMask() == 2, "a record was overwritten");
    }

    private void twoNinthClaimsOfOneNode() {
        eightClaims(0);
        twoFirstClaimsOfOneNode();
    }

    private void twoFirstClaimsOfOneNode() {
        long[] other = new long[1];
        SchedulePoints.arm("between", () -> other[0] = claim(0, 2));
        claim(0, 1);
        require(ledger.isLive(other[0]), "a record was lost");
    }
}
