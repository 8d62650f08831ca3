package dev.berth.ledger;

import dev.berth.cluster.NodeState;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;

/**
 * Schedules for {@link GangMutationTest}: what others do while a gang claim is at a certain point. Where the others have to be stopped half-way
 * too they are threads, and one thread runs at a time. A schedule throws an {@link AssertionError} when the
 * ledger says or does what no sequential order explains. Loaded together with a copy of the ledger.
 */
public final class GangSchedules {
    private static final ClaimSpec CPU = new ClaimSpec().cpuMilli(5);
    private static final ClaimSpec GPU = new ClaimSpec().whole(1);
    private static final ClaimSpec BOTH_GPUS = new ClaimSpec().whole(0b11);

    private final Ledger ledger = Ledger.of(LedgerLincheckTest.cluster(), 64);
    private final NodeReading reading = new NodeReading();
    private final List<Stall> stalls = new ArrayList<>();

    private GangSchedules() {}

    /** The schedule of that name. */
    public static Callable<Object> named(String name) {
        GangSchedules on = new GangSchedules();
        Schedule schedule = switch (name) {
            case "aGangSucceedsWhileItsOwnerIsAboutToPutIt" -> on::aGangSucceedsWhileItsOwnerIsAboutToPutIt;
            case "aNodeIsClaimedWhileAGangIsPutOnIt" -> on::aNodeIsClaimedWhileAGangIsPutOnIt;
            case "aGangThatHasFailedIsPutOnANode" -> on::aGangThatHasFailedIsPutOnANode;
            case "aGangThatHasFailedIsPutOnANodeUnderATicketThatIsUsedAgain" ->
                on::aGangThatHasFailedIsPutOnANodeUnderATicketThatIsUsedAgain;
            case "nodesAreReadBetweenTheDecisionAndTheEnd" -> on::nodesAreReadBetweenTheDecisionAndTheEnd;
            case "nodesAreReadBeforeTheDecision" -> on::nodesAreReadBeforeTheDecision;
            case "aNodeIsClaimedBeforeTheDecision" -> on::aNodeIsClaimedBeforeTheDecision;
            case "twoGangsInOppositeOrder" -> on::twoGangsInOppositeOrder;
            case "aGangSucceedsWhileItsOwnerIsAboutToGiveUp" -> on::aGangSucceedsWhileItsOwnerIsAboutToGiveUp;
            case "aNodeIsClaimedWhileItIsTakenOffAGang" -> on::aNodeIsClaimedWhileItIsTakenOffAGang;
            case "theFeedIsPolledDuringAGangClaim" -> on::theFeedIsPolledDuringAGangClaim;
            case "aSnapshotIsTakenBetweenTheDecisionAndTheEnd" -> on::aSnapshotIsTakenBetweenTheDecisionAndTheEnd;
            case "anotherGangIsClaimedAtTheEndOfOne" -> on::anotherGangIsClaimedAtTheEndOfOne;
            case "twoGangsTakeATicketAtOnce" -> GangSchedules::twoGangsTakeATicketAtOnce;
            case "theTopOfTheStackComesBack" -> on::theTopOfTheStackComesBack;
            case "twoGangsBookAtOnce" -> GangSchedules::twoGangsBookAtOnce;
            case "anEntryComesFreeWhileAGangIsOnItsWay" -> on::anEntryComesFreeWhileAGangIsOnItsWay;
            default -> throw new IllegalArgumentException(name);
        };
        return () -> {
            try {
                schedule.run();
            } finally {
                on.stalls.forEach(Stall::end);
            }
            LedgerInvariants.check(on.ledger);
            return name;
        };
    }

    /** A schedule in which the owner of a gang stops at a point until everybody else has done everything. */
    public static Callable<Object> stoppingAt(String point, boolean refused) {
        GangSchedules on = new GangSchedules();
        return () -> {
            on.othersGoOn(point, refused);
            LedgerInvariants.check(on.ledger);
            return point;
        };
    }

    private interface Schedule {
        void run() throws Exception;
    }

    /** A thread that has come to a point stays there until it may go on. */
    private static final class Stall {
        private final CountDownLatch reached = new CountDownLatch(1);
        private final CountDownLatch ended = new CountDownLatch(1);

        void await() throws InterruptedException {
            reached.await();
        }

        void reach() {
            reached.countDown();
            try {
                ended.await();
            } catch (InterruptedException e) {
                throw new AssertionError("interrupted", e);
            }
        }

        void end() {
            ended.countDown();
        }
    }

    private Stall stallAt(String point) {
        Stall stall = new Stall();
        stalls.add(stall);
        SchedulePoints.arm(point, stall::reach);
        return stall;
    }

    /** Another thread; what it throws is thrown where it is waited for. */
    private static Future<Void> start(Runnable work) {
        FutureTask<Void> task = new FutureTask<>(work, null);
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        thread.start();
        return task;
    }

    private static void armSecond(String point, Runnable between) {
        SchedulePoints.arm(point, () -> SchedulePoints.arm(point, between));
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }

    /** A task on node 0 and one on node 1. */
    private static GangClaim gang(ClaimSpec on0, ClaimSpec on1) {
        return new GangClaim().add(1, Ledger.ANY_VERSION, on1).add(0, Ledger.ANY_VERSION, on0);
    }

    private static GangClaim gangOn0(ClaimSpec spec) {
        return new GangClaim().add(0, Ledger.ANY_VERSION, spec);
    }

    private long claim(int node, ClaimSpec spec) {
        return ledger.claim(node, spec, Ledger.ANY_VERSION);
    }

    private void requireClaim(int node, ClaimSpec spec) {
        require(claim(node, spec) > 0, "refused although free");
    }

    private void requireGang(GangClaim gang) {
        require(ledger.claim(gang) == 0, "a gang was refused although there is room");
        for (int task = 0; task < gang.size(); task++) {
            require(ledger.isLive(gang.handle(task)), "a task of a gang that was claimed holds nothing");
        }
    }

    private void requireRefused(GangClaim gang) {
        require(ledger.claim(gang) == Ledger.NO_ROOM, "not refused although there is no room");
    }

    private void aGangSucceedsWhileItsOwnerIsAboutToPutIt() {
        armSecond("word-before-ticket", () -> {
            requireClaim(0, CPU);
            requireClaim(1, CPU);
        });
        requireGang(gang(CPU, CPU));
    }

    private void aNodeIsClaimedWhileAGangIsPutOnIt() {
        SchedulePoints.arm("put-by-comparing", () -> requireClaim(0, GPU));
        requireRefused(gang(GPU, GPU));
    }

    private void aGangThatHasFailedIsPutOnANode() throws Exception {
        long holder = claim(1, GPU);
        Stall givesUp = stallAt("decide-by-comparing");
        Future<Void> owner = start(() -> requireRefused(gang(CPU, BOTH_GPUS)));
        givesUp.await();
        ledger.release(holder);
        Stall puts = stallAt("put-by-comparing");
        Future<Void> helper = start(() -> requireClaim(0, CPU));
        puts.await();
        givesUp.end();
        owner.get();
        puts.end();
        helper.get();
    }

    private void aGangThatHasFailedIsPutOnANodeUnderATicketThatIsUsedAgain() throws Exception {
        long holder = claim(1, GPU);
        Stall givesUp = stallAt("decide-by-comparing");
        Stall asksAgain = new Stall();
        stalls.add(asksAgain);
        Future<Void> owner = start(() -> {
            requireRefused(gang(CPU, BOTH_GPUS));
            asksAgain.reach();
            requireGang(gangOn0(CPU));
        });
        givesUp.await();
        ledger.release(holder);
        Stall puts = stallAt("put-by-comparing");
        Future<Void> helper = start(() -> requireClaim(0, CPU));
        puts.await();
        givesUp.end();
        asksAgain.await();
        Stall hasPut = stallAt("put-then-ticket");
        puts.end();
        hasPut.await();
        Stall hasSucceeded = stallAt("nodes-before-ticket");
        asksAgain.end();
        hasSucceeded.await();
        require(ledger.freeGpuMask(1) == 0b11, "a node shows a gang that has failed");
        hasSucceeded.end();
        owner.get();
        hasPut.end();
        helper.get();
    }

    private void nodesAreReadBetweenTheDecisionAndTheEnd() {
        SchedulePoints.arm("word-before-feed", () -> {
            require(ledger.freeGpuMask(0) == 0b10 && ledger.freeGpuMask(1) == 0b10, "a gang that holds is not seen");
            require(ledger.version(0) == 1 && ledger.version(1) == 1, "a gang that holds has not changed the version");
        });
        requireGang(gang(GPU, GPU));
    }

    private void nodesAreReadBeforeTheDecision() {
        requireClaim(1, GPU);
        SchedulePoints.arm("decide-by-comparing", () -> {
            ledger.read(0, reading);
            require(reading.freeGpuMask() == 0b11, "a gang that is refused was seen");
            require(reading.version() == 0, "a gang that is refused has changed the version");
        });
        requireRefused(gang(GPU, GPU));
    }

    private void aNodeIsClaimedBeforeTheDecision() {
        requireClaim(1, GPU);
        SchedulePoints.arm("decide-by-comparing", () -> requireClaim(0, GPU));
        requireRefused(gang(GPU, GPU));
    }

    private void twoGangsInOppositeOrder() {
        GangClaim upwards = new GangClaim()
                .add(0, Ledger.ANY_VERSION, new ClaimSpec().whole(2))
                .add(1, Ledger.ANY_VERSION, CPU);
        armSecond("word-before-ticket", () -> requireGang(upwards));
        try {
            requireGang(gang(GPU, CPU));
        } catch (StackOverflowError e) {
            throw new AssertionError("helping goes round in a circle", e);
        }
    }

    private void aGangSucceedsWhileItsOwnerIsAboutToGiveUp() {
        long holder = claim(1, GPU);
        SchedulePoints.arm("decide-by-comparing", () -> {
            ledger.release(holder);
            requireClaim(0, CPU);
        });
        requireGang(gang(CPU, BOTH_GPUS));
    }

    private void aNodeIsClaimedWhileItIsTakenOffAGang() {
        SchedulePoints.arm("take-off-by-comparing", () -> requireClaim(0, CPU));
        requireGang(gang(GPU, GPU));
    }

    private void theFeedIsPolledDuringAGangClaim() {
        ChangeFeed feed = ledger.subscribe();
        long[] seen = new long[2];
        Runnable index = () -> {
            for (int node = feed.poll(); node >= 0; node = feed.poll()) {
                ledger.read(node, reading);
                seen[node] = reading.version();
            }
        };
        SchedulePoints.arm("word-before-feed", index);
        requireGang(gang(GPU, GPU));
        index.run();
        require(seen[0] == 1 && seen[1] == 1, "the index missed a change");
    }

    private void aSnapshotIsTakenBetweenTheDecisionAndTheEnd() {
        SchedulePoints.arm("word-before-feed", () -> {
            LedgerSnapshot snapshot = ledger.snapshot();
            require(snapshot.claimCount() == 2, "not all claims of a gang that holds are there");
            for (int i = 0; i < 2; i++) {
                ClaimSpec held = new ClaimSpec();
                snapshot.claim(i, held);
                require(held.gpuMask() == 1, "a claim without what it holds");
            }
        });
        requireGang(gang(GPU, GPU));
    }

    private void anotherGangIsClaimedAtTheEndOfOne() {
        SchedulePoints.arm("nodes-before-ticket", () -> requireGang(gang(CPU, CPU)));
        requireGang(gang(GPU, GPU));
    }

    private static void twoGangsTakeATicketAtOnce() {
        GangTickets tickets = new GangTickets(0);
        long[] other = new long[1];
        SchedulePoints.arm("take-by-comparing", () -> other[0] = tickets.take());
        require(tickets.take() != other[0], "one ticket for two gangs");
    }

    private void theTopOfTheStackComesBack() {
        requireClaim(1, GPU);
        SchedulePoints.arm("count-changes", () -> {
            requireGang(gang(CPU, CPU));
            requireGang(gangOn0(CPU));
            requireRefused(gang(CPU, GPU));
        });
        requireGang(gangOn0(CPU));
    }

    private static void twoGangsBookAtOnce() {
        GangBlocks blocks = new GangBlocks(GangBlocks.MAX_NODES + 1, 0);
        SchedulePoints.arm("book-by-comparing", () -> blocks.book(6000));
        blocks.book(6000);
        int left = (int) LedgerInvariants.field(blocks, "bookable");
        require(left == GangBlocks.MAX_NODES - 12_000, "more is booked than there is");
    }

    private void anEntryComesFreeWhileAGangIsOnItsWay() {
        long handle = 0;
        for (int claim = 0; claim < 64; claim++) {
            handle = claim(1, new ClaimSpec());
        }
        long last = handle;
        SchedulePoints.arm("word-before-ticket", () -> require(ledger.release(last), "not released"));
        requireGang(gang(CPU, CPU));
        require(ledger.claim(gang(CPU, CPU)) == Ledger.CLAIM_LIMIT, "more claims than a node can have");
    }

    private void othersGoOn(String point, boolean refused) throws Exception {
        long filler = refused ? claim(1, BOTH_GPUS) : claim(1, CPU);
        Stall stops = new Stall();
        stalls.add(stops);
        Future<Void> owner;
        try {
            SchedulePoints.arm(point, stops::reach);
            owner = start(() -> {
                if (refused) {
                    requireRefused(gang(CPU, GPU));
                } else {
                    requireGang(gang(GPU, GPU));
                }
            });
            stops.await();
            requireClaim(0, new ClaimSpec().cpuMilli(1));
            requireGang(gang(new ClaimSpec().cpuMilli(1), new ClaimSpec().cpuMilli(1)));
            require(ledger.adopt(1, new ClaimSpec().cpuMilli(1)) > 0, "not adopted");
            require(ledger.snapshot().pointInTime(), "nothing changed, but the snapshot is not of one moment");
            ledger.read(0, reading);
            require(ledger.version(0) == reading.version(), "two versions of one node");
            if (refused) {
                require(ledger.setState(1, NodeState.BURN_IN) && ledger.setState(1, NodeState.READY), "moved");
            }
            require(refused || ledger.release(filler), "not released");
        } finally {
            stops.end();
        }
        owner.get();
    }
}
