package dev.berth.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.NodeSpec;
import dev.berth.cluster.NodeState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.RepeatedTest;

/**
 * Long runs of gangs on real threads: more threads than processors, so that gangs are left half-way and others help them. {@link
 * LedgerInvariants} looks at each ledger afterwards.
 */
final class GangStressTest {
    private static final int THREADS = 6;
    private static final int NODES = 6;
    private static final int OPERATIONS = Boolean.getBoolean("berth.full") ? 500_000 : 30_000;

    private final Cluster cluster = cluster();
    private final Ledger ledger = Ledgers.of(cluster, 64);

    private static Cluster cluster() {
        Cluster.Builder builder = Cluster.builder();
        for (int node = 0; node < NODES; node++) {
            builder.add(NodeSpec.named("n" + node)
                    .gpus("T4", 2, 15360)
                    .cpuMilli(50)
                    .memoryMib(1 << 30)
                    .build());
        }
        return builder.build();
    }

    private interface Work {
        void run(int thread, Random random) throws Exception;
    }

    private static void onAllThreads(Work work) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            CyclicBarrier start = new CyclicBarrier(THREADS);
            List<Future<Void>> results = new ArrayList<>();
            for (int thread = 0; thread < THREADS; thread++) {
                int number = thread;
                Callable<Void> task = () -> {
                    start.await();
                    work.run(number, new Random(number));
                    return null;
                };
                results.add(threads.submit(task));
            }
            for (Future<Void> result : results) {
                result.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    /** One to five tasks on nodes that follow each other, or two on each, added upwards or downwards. */
    private static void fill(GangClaim gang, Random random, int memoryMib) {
        ClaimSpec spec = new ClaimSpec().memoryMib(memoryMib).cpuMilli(1 + random.nextInt(8));
        gang.clear();
        int tasks = 1 + random.nextInt(5);
        int from = random.nextInt(NODES);
        int perNode = 1 + random.nextInt(2);
        boolean down = random.nextBoolean();
        for (int i = 0; i < tasks; i++) {
            int task = down ? tasks - 1 - i : i;
            spec.whole(1 << (perNode == 2 ? task % 2 : random.nextInt(2)));
            gang.add((from + task / perNode) % NODES, Ledger.ANY_VERSION, spec);
        }
    }

    @RepeatedTest(3)
    void everyGangHoldsAllOrNothingAndEverythingComesBack() throws Exception {
        LedgerSnapshot empty = ledger.snapshot();
        AtomicInteger claimed = new AtomicInteger();
        onAllThreads((thread, random) -> {
            GangClaim gang = new GangClaim();
            ClaimSpec held = new ClaimSpec();
            for (int i = 0; i < OPERATIONS; i++) {
                fill(gang, random, 1 + thread);
                long answer = ledger.claim(gang);
                assertThat(answer).isIn(0L, Ledger.NO_ROOM, Ledger.NOT_READY);
                claimed.addAndGet(answer == 0 ? 1 : 0);
                for (int task = 0; answer == 0 && task < gang.size(); task++) {
                    assertThat(ledger.release(gang.handle(task), held)).isTrue();
                    assertThat(held.memoryMib()).isEqualTo(1 + thread);
                }
                if (random.nextInt(8) == 0) {
                    int node = random.nextInt(NODES);
                    ledger.setState(node, random.nextInt(4) == 0 ? NodeState.DRAINING : NodeState.READY);
                    long single = ledger.claim(node, new ClaimSpec().whole(1), Ledger.ANY_VERSION);
                    assertThat(single < 0 || ledger.release(single)).isTrue();
                }
            }
        });
        for (int node = 0; node < NODES; node++) {
            ledger.setState(node, NodeState.READY);
        }
        assertThat(claimed).hasPositiveValue();
        assertThat(ledger.snapshot().sameHoldings(empty)).isTrue();
    }

    /** Tasks are released from the highest node down, so a moment at which a task is there and one on a lower node is not is half a gang. */
    @RepeatedTest(3)
    void aSnapshotNeverHasHalfAGang() throws Exception {
        AtomicInteger moments = new AtomicInteger();
        onAllThreads((thread, random) -> {
            GangClaim gang = new GangClaim();
            for (int i = 0; i < OPERATIONS / 2; i++) {
                if (thread == 0) {
                    LedgerSnapshot snapshot = ledger.snapshot();
                    if (snapshot.pointInTime()) {
                        moments.incrementAndGet();
                        assertNoHalf(snapshot);
                    }
                    continue;
                }
                // thread (8) | lowest node (4) | number of nodes (4)
                int from = random.nextInt(NODES - 1);
                int nodes = 2 + random.nextInt(NODES - from - 1);
                ClaimSpec spec = new ClaimSpec().cpuMilli(10).memoryMib((long) (1 + thread) << 8 | from << 4 | nodes);
                gang.clear();
                for (int node = from + nodes - 1; node >= from; node--) {
                    gang.add(node, Ledger.ANY_VERSION, spec);
                }
                if (ledger.claim(gang) == 0) {
                    for (int task = 0; task < gang.size(); task++) {
                        assertThat(ledger.release(gang.handle(task))).isTrue();
                    }
                }
            }
        });
        assertThat(moments).hasPositiveValue();
    }

    private static void assertNoHalf(LedgerSnapshot snapshot) {
        Map<Long, Integer> nodesOf = new HashMap<>();
        Map<Long, Integer> highestOf = new HashMap<>();
        ClaimSpec claim = new ClaimSpec();
        for (int node = 0; node < NODES; node++) {
            for (int i = snapshot.firstClaim(node); i < snapshot.firstClaim(node + 1); i++) {
                snapshot.claim(i, claim);
                nodesOf.merge(claim.memoryMib(), 1, Integer::sum);
                highestOf.put(claim.memoryMib(), node);
            }
        }
        nodesOf.forEach((gang, nodes) ->
                assertThat(nodes).as("of a gang").isEqualTo(highestOf.get(gang) - (int) (gang >> 4 & 0xF) + 1));
    }

    @RepeatedTest(10)
    void migrationTakesAGangWholeOrNotAtAll() throws Exception {
        List<Migration> migrations = new ArrayList<>();
        List<List<Long>> held = new ArrayList<>();
        for (int thread = 0; thread < THREADS; thread++) {
            held.add(new ArrayList<>());
        }
        onAllThreads((thread, random) -> {
            if (thread == 0) {
                for (int i = 0; i < 20; i++) {
                    ledger.snapshot();
                }
                migrations.add(ledger.migrate(cluster));
                return;
            }
            GangClaim gang = new GangClaim();
            boolean moved = false;
            while (!moved) {
                fill(gang, random, 1);
                long answer = ledger.claim(gang);
                moved = answer == Ledger.MOVED;
                for (int task = 0; answer == 0 && task < gang.size(); task++) {
                    if (random.nextInt(8) == 0 || !ledger.release(gang.handle(task))) {
                        held.get(thread).add(gang.handle(task));
                    }
                }
            }
        });
        Ledger next = Ledgers.track(migrations.get(0).ledger());
        long live = held.stream().mapToLong(List::size).sum();
        assertThat(held)
                .allSatisfy(handles -> assertThat(handles)
                        .allSatisfy(handle -> assertThat(
                                        next.isLive(migrations.get(0).handle(handle)))
                                .isTrue()));
        assertThat(next.snapshot().claimCount()).isEqualTo((int) live);
    }
}
