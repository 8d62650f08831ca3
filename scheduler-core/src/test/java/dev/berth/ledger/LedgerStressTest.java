package dev.berth.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.NodeSpec;
import dev.berth.cluster.NodeState;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.RepeatedTest;

/**
 * Long runs on real threads, where Lincheck's are short: what must hold at the end whatever happened. {@link LedgerInvariants}
 * looks at each ledger afterwards.
 */
final class LedgerStressTest {
    private static final int THREADS = 4;
    private static final int OPERATIONS = Boolean.getBoolean("berth.full") ? 2_000_000 : 100_000;

    private final Cluster cluster = Cluster.builder()
            .add(NodeSpec.named("a")
                    .gpus("A30", 4, 24576)
                    .migGpuMask(0b1000)
                    .cpuMilli(60)
                    .memoryMib(900)
                    .build())
            .add(NodeSpec.named("b")
                    .gpus("T4", 2, 15360)
                    .cpuMilli(50)
                    .memoryMib(900)
                    .counted("pods", 5)
                    .build())
            .build();
    private final Ledger ledger = Ledgers.of(cluster, 64);

    private interface Work {
        void run(Random random) throws Exception;
    }

    /** Runs the work on all threads at once, and throws what any of them threw. */
    private static void onAllThreads(Work work) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            CyclicBarrier start = new CyclicBarrier(THREADS);
            List<Future<Void>> results = new ArrayList<>();
            for (int thread = 0; thread < THREADS; thread++) {
                Random random = new Random(thread);
                Callable<Void> task = () -> {
                    start.await();
                    work.run(random);
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

    private static ClaimSpec anyClaim(Random random) {
        ClaimSpec spec = new ClaimSpec().cpuMilli(random.nextInt(15)).memoryMib(random.nextInt(100));
        return switch (random.nextInt(4)) {
            case 0 -> spec.whole(1 + random.nextInt(7));
            case 1 -> spec.share(random.nextInt(3), 1 + random.nextInt(700));
            case 2 -> spec.mig(3, random.nextInt(5), random.nextInt(4));
            default -> spec.counted(0, random.nextInt(3));
        };
    }

    @RepeatedTest(3)
    void everyHandleIsReleasedOnceAndEverythingComesBack() throws Exception {
        LedgerSnapshot empty = ledger.snapshot();
        AtomicLongArray slots = new AtomicLongArray(12);
        onAllThreads(random -> {
            for (int i = 0; i < OPERATIONS; i++) {
                int node = random.nextInt(2);
                int slot = random.nextInt(slots.length());
                long mine = slots.getAndSet(slot, 0);
                if (mine != 0) {
                    assertThat(ledger.isLive(mine)).isTrue();
                    assertThat(ledger.release(mine)).isTrue();
                    assertThat(ledger.release(mine)).isFalse();
                } else {
                    long handle = random.nextInt(8) == 0
                            ? ledger.adopt(node, anyClaim(random))
                            : ledger.claim(node, anyClaim(random), Ledger.ANY_VERSION);
                    if (handle > 0 && !slots.compareAndSet(slot, 0, handle)) {
                        assertThat(ledger.release(handle)).isTrue();
                    }
                }
                if (random.nextInt(16) == 0) {
                    ledger.setState(node, random.nextInt(4) == 0 ? NodeState.DRAINING : NodeState.READY);
                }
            }
        });
        for (int slot = 0; slot < slots.length(); slot++) {
            assertThat(slots.get(slot) == 0 || ledger.release(slots.get(slot))).isTrue();
        }
        ledger.setState(0, NodeState.READY);
        ledger.setState(1, NodeState.READY);
        assertThat(ledger.snapshot().sameHoldings(empty)).isTrue();
    }

    @RepeatedTest(20)
    void migrationLosesNoClaimAndKeepsNoReleasedOne() throws Exception {
        ConcurrentLinkedQueue<Long> live = new ConcurrentLinkedQueue<>();
        ConcurrentLinkedQueue<Long> released = new ConcurrentLinkedQueue<>();
        ConcurrentLinkedQueue<Migration> migrations = new ConcurrentLinkedQueue<>();
        AtomicBoolean taken = new AtomicBoolean();
        onAllThreads(random -> {
            if (taken.compareAndSet(false, true)) {
                for (int i = 0; i < 50; i++) {
                    ledger.snapshot();
                }
                migrations.add(ledger.migrate(cluster));
                return;
            }
            List<Long> mine = new ArrayList<>();
            boolean moved = false;
            while (!moved) {
                long handle = ledger.claim(random.nextInt(2), anyClaim(random), Ledger.ANY_VERSION);
                moved = handle == Ledger.MOVED;
                if (handle > 0) {
                    mine.add(handle);
                }
                if (!mine.isEmpty() && random.nextBoolean()) {
                    long last = mine.remove(mine.size() - 1);
                    (ledger.release(last) ? released : live).add(last);
                }
            }
            live.addAll(mine);
        });
        Migration migration = migrations.remove();
        Ledgers.track(migration.ledger());
        assertThat(live)
                .allSatisfy(handle -> assertThat(migration.ledger().isLive(migration.handle(handle)))
                        .isTrue());
        assertThat(released)
                .allSatisfy(handle -> assertThat(migration.handle(handle)).isZero());
        assertThat(migration.ledger().snapshot().claimCount()).isEqualTo(live.size());
        assertThat(migration.orphans()).isEmpty();
    }

    @RepeatedTest(3)
    void anIndexThatFollowsTheFeedEndsUpRight() throws Exception {
        ChangeFeed feed = ledger.subscribe();
        long[] versions = {ledger.version(0), ledger.version(1)};
        NodeReading reading = new NodeReading();
        Runnable follow = () -> {
            for (int node = feed.poll(); node >= 0; node = feed.poll()) {
                ledger.read(node, reading);
                assertThat(NodeFigures.of(cluster, node, reading).liveClaims()).isNotNegative();
                versions[node] = reading.version();
            }
        };
        AtomicBoolean reader = new AtomicBoolean();
        onAllThreads(random -> {
            boolean reads = reader.compareAndSet(false, true);
            for (int i = 0; i < OPERATIONS; i++) {
                if (reads) {
                    follow.run();
                } else {
                    long handle = ledger.claim(random.nextInt(2), anyClaim(random), Ledger.ANY_VERSION);
                    assertThat(handle < 0 || ledger.release(handle)).isTrue();
                }
            }
        });
        follow.run();
        assertThat(versions).containsExactly(ledger.version(0), ledger.version(1));
    }

    @RepeatedTest(3)
    void aSnapshotAddsUpWhateverGoesOn() throws Exception {
        AtomicBoolean reader = new AtomicBoolean();
        onAllThreads(random -> {
            boolean reads = reader.compareAndSet(false, true);
            NodeReading reading = new NodeReading();
            for (int i = 0; i < OPERATIONS; i++) {
                if (!reads) {
                    long handle = ledger.claim(random.nextInt(2), anyClaim(random), Ledger.ANY_VERSION);
                    assertThat(handle < 0 || ledger.release(handle)).isTrue();
                } else if (i % 16 == 0) {
                    LedgerSnapshot snapshot = ledger.snapshot();
                    for (int node = 0; node < cluster.nodeCount(); node++) {
                        List<ClaimSpec> claims = new ArrayList<>();
                        for (int c = snapshot.firstClaim(node); c < snapshot.firstClaim(node + 1); c++) {
                            ClaimSpec claim = new ClaimSpec();
                            snapshot.claim(c, claim);
                            claims.add(claim);
                        }
                        snapshot.read(node, reading);
                        assertThat(NodeFigures.of(cluster, node, reading))
                                .isEqualTo(NodeFigures.of(cluster, node, claims));
                    }
                }
            }
        });
    }
}
