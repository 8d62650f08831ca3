package dev.berth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.NodeSpec;
import dev.berth.cluster.NodeState;
import dev.berth.ledger.Ledger;
import dev.berth.ledger.LedgerSnapshot;
import dev.berth.placement.Answer;
import dev.berth.placement.Demand;
import dev.berth.placement.LostRace;
import dev.berth.placement.NodeScorer;
import dev.berth.placement.Placement;
import dev.berth.placement.Policies;
import dev.berth.placement.Policy;
import dev.berth.placement.Proposal;
import dev.berth.placement.Refusal;
import dev.berth.placement.Request;
import dev.berth.placement.View;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class SchedulerTest {
    private static final Request EIGHT = Request.gpus(8, 64_000, 500_000);
    private static final Request HALF = Request.share(500, 2_000, 8_000);

    private static Cluster cluster(int nodes) {
        return cluster(nodes, 8);
    }

    private static Cluster cluster(int nodes, int gpus) {
        Cluster.Builder builder = Cluster.builder();
        for (int i = 0; i < nodes; i++) {
            builder.add(NodeSpec.named("node-" + i)
                    .gpus("H100-SXM5-80GB", gpus, 81_559)
                    .cpuMilli(128_000)
                    .memoryMib(1_000_000)
                    .build());
        }
        return builder.build();
    }

    private static Placement placed(Answer answer) {
        assertThat(answer).isInstanceOf(Placement.class);
        return (Placement) answer;
    }

    @Test
    void placesUntilNothingFitsThenSaysWhatIsMissing() {
        try (Scheduler scheduler = Scheduler.builder(cluster(2)).build()) {
            placed(scheduler.place(EIGHT));
            placed(scheduler.place(HALF));
            Refusal refusal = (Refusal) scheduler.place(EIGHT);
            assertThat(refusal.nodes()).isEqualTo(2);
            assertThat(refusal.relaxation())
                    .isEqualTo(new Refusal.Relaxation("gpus", "8 GPUs", "7 GPUs", refusalNode(scheduler)));
        }
    }

    private static String refusalNode(Scheduler scheduler) {
        Placement seven = placed(scheduler.place(Request.gpus(7, 1_000, 1_000)));
        return seven.nodeName();
    }

    @Test
    void aClaimIsReleasedOnce() {
        try (Scheduler scheduler = Scheduler.builder(cluster(2)).build()) {
            LedgerSnapshot before = scheduler.snapshot();
            Placement placement = placed(scheduler.place(EIGHT));
            assertThat(scheduler.placement(placement.claim())).contains(placement);
            assertThat(scheduler.release(placement.claim())).isTrue();
            assertThat(scheduler.release(placement.claim())).isFalse();
            assertThat(scheduler.release(new Placement.Claim(99))).isFalse();
            assertThat(scheduler.placement(placement.claim())).isEmpty();
            assertThat(scheduler.snapshot().sameHoldings(before)).isTrue();
        }
    }

    @Test
    void aProposalHoldsNothingAndIsLostWhenItsNodeChanges() {
        try (Scheduler scheduler = Scheduler.builder(cluster(1)).build()) {
            Proposal first = (Proposal) scheduler.plan(HALF);
            Proposal second = (Proposal) scheduler.plan(HALF);
            assertThat(second).isEqualTo(first);
            Placement placement = placed(scheduler.commit(first));
            assertThat(placement.nodeName()).isEqualTo("node-0");
            assertThat(placement.gpus()).isEqualTo(first.gpus());
            assertThat(scheduler.commit(second)).isEqualTo(new LostRace(second));
            Proposal third = (Proposal) scheduler.plan(HALF);
            scheduler.update(cluster(1));
            assertThat(scheduler.commit(third)).isEqualTo(new LostRace(third));
        }
    }

    @Test
    void usesAllowedNodesOnly() {
        try (Scheduler scheduler = Scheduler.builder(cluster(5)).build()) {
            Placement placement = placed(scheduler.place(EIGHT, List.of("node-3", "no-such-node")));
            assertThat(placement.nodeName()).isEqualTo("node-3");
            Refusal refusal = (Refusal) scheduler.place(EIGHT, List.of("node-3"));
            assertThat(refusal.reasons()).extracting(Refusal.Reason::resource).contains("allowed nodes", "gpus");
            assertThat(scheduler.plan(EIGHT, List.of("node-3"))).isInstanceOf(Refusal.class);
        }
    }

    @Test
    void onlyReadyNodesTakeTasks() {
        try (Scheduler scheduler = Scheduler.builder(cluster(1)).build()) {
            Placement placement = placed(scheduler.place(HALF));
            scheduler.setState("node-0", NodeState.DRAINING);
            Refusal refusal = (Refusal) scheduler.place(HALF);
            assertThat(refusal.relaxation())
                    .isEqualTo(new Refusal.Relaxation("node state", "READY", "DRAINING", "node-0"));
            assertThat(scheduler.release(placement.claim())).isTrue();
            scheduler.setState("node-0", NodeState.READY);
            assertThat(scheduler.explain(HALF)).isEmpty();
            placed(scheduler.retry(HALF));
        }
    }

    @Test
    void adoptsWhatRunsEvenWhenThereIsNoRoom() {
        try (Scheduler scheduler = Scheduler.builder(cluster(1)).build()) {
            Placement all = scheduler.adopt(new Running(EIGHT, "node-0", List.of()));
            assertThat(all.gpus()).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
            Placement more = scheduler.adopt(new Running(Request.gpus(1, 1_000, 1_000), "node-0", List.of(3)));
            Refusal refusal = (Refusal) scheduler.place(Request.cpuOnly(1_000, 1_000));
            assertThat(refusal.reasons().get(0).best()).isEqualTo("OVERCOMMITTED");
            assertThat(scheduler.release(more.claim())).isTrue();
            placed(scheduler.place(Request.cpuOnly(1_000, 1_000)));
        }
    }

    @Test
    void adoptsMoreTasksThanALedgerIsMadeFor() {
        try (Scheduler scheduler = Scheduler.builder(cluster(1)).build()) {
            List<Placement> running = new ArrayList<>();
            for (int i = 0; i < 600; i++) {
                running.add(scheduler.adopt(new Running(Request.cpuOnly(100, 100), "node-0", List.of())));
            }
            assertThat(scheduler.snapshot().claimCount()).isEqualTo(600);
            running.forEach(task -> assertThat(scheduler.release(task.claim())).isTrue());
            assertThat(scheduler.snapshot().claimCount()).isZero();
        }
    }

    @Test
    void aNodeThatCanHaveNoMorePlacementsIsSaidSoAndAllGoesOn() {
        try (Scheduler scheduler = Scheduler.builder(cluster(2)).build()) {
            Running small = new Running(Request.cpuOnly(1, 1), "node-0", List.of());
            for (int i = 0; i < Ledger.MAX_CLAIM_LIMIT; i++) {
                scheduler.adopt(small);
            }
            assertThatIllegalStateException()
                    .isThrownBy(() -> scheduler.adopt(small))
                    .withMessageContaining("node-0");
            assertThat(placed(scheduler.place(HALF)).nodeName()).isEqualTo("node-1");
            assertThat(scheduler.snapshot().claimCount()).isEqualTo(Ledger.MAX_CLAIM_LIMIT + 1);
        }
    }

    @Test
    @Timeout(60)
    void aPolicyThatChoosesAGpuWithoutRoomIsToldSo() {
        Policy wrong = new Policy() {
            @Override
            public String name() {
                return "wrong";
            }

            @Override
            public NodeScorer scorer(View view) {
                return new NodeScorer() {
                    @Override
                    public int key(View seen, int node, Demand demand) {
                        return 0;
                    }

                    @Override
                    public int gpuForShare(View seen, int node, Demand demand) {
                        return 15;
                    }
                };
            }
        };
        try (Scheduler scheduler = Scheduler.builder(cluster(1)).policy(wrong).build()) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> scheduler.place(HALF))
                    .withMessageContaining("'wrong'");
            placed(scheduler.place(EIGHT));
        }
    }

    @Test
    void aClusterThatCannotBeTakenChangesNothing() {
        Cluster.Builder many = Cluster.builder();
        for (int i = 0; i < Cluster.MAX_COUNTED; i++) {
            many.add(NodeSpec.named("other-" + i).counted("resource-" + i, 1).build());
        }
        Cluster withNics = Cluster.builder()
                .add(NodeSpec.named("node-0")
                        .cpuMilli(10)
                        .memoryMib(10)
                        .counted("rdma", 2)
                        .build())
                .build();
        Request oneNic = Request.cpuOnly(1, 1).withCounted(Map.of("rdma", 1L));
        try (Scheduler scheduler = Scheduler.builder(withNics).build()) {
            Placement first = placed(scheduler.place(oneNic));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> scheduler.update(many.build()))
                    .withMessageContaining("counted resources");
            placed(scheduler.place(oneNic));
            assertThat(scheduler.release(first.claim())).isTrue();
            assertThat(scheduler.snapshot().claimCount()).isEqualTo(1);
        }
    }

    @Test
    void plannedAndCommittedIsAsPlacedIfArrivalsAreTold() {
        List<String> placed = nodesOf((scheduler, request) -> placed(scheduler.place(request)));
        List<String> told = nodesOf((scheduler, request) -> {
            scheduler.arrived(request);
            return placed(scheduler.commit((Proposal) scheduler.plan(request)));
        });
        List<String> untold =
                nodesOf((scheduler, request) -> placed(scheduler.commit((Proposal) scheduler.plan(request))));
        assertThat(told).isEqualTo(placed);
        assertThat(untold).as("first fit, because nothing was learnt").isNotEqualTo(placed);
    }

    private static List<String> nodesOf(BiFunction<Scheduler, Request, Placement> how) {
        Cluster.Builder mixed = Cluster.builder();
        for (int i = 0; i < 20; i++) {
            mixed.add(cluster(20).spec(i));
            // Where tasks without GPUs cost nothing, as the policy knows once it has learnt; first fit does not.
            mixed.add(NodeSpec.named("cpu-" + i)
                    .cpuMilli(128_000)
                    .memoryMib(1_000_000)
                    .build());
        }
        List<String> nodes = new ArrayList<>();
        try (Scheduler scheduler = Scheduler.builder(mixed.build()).repeatable().build()) {
            for (int i = 0; i < 200; i++) {
                Request request = i % 2 == 0 ? HALF : Request.cpuOnly(4_000, 1_000);
                nodes.add(how.apply(scheduler, request).nodeName());
            }
        }
        return nodes;
    }

    @Test
    @Timeout(60)
    void whatHangsOnAnAnswerMayCallTheScheduler() {
        try (Scheduler scheduler = Scheduler.builder(cluster(4)).build()) {
            List<CompletableFuture<Placement>> all = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                all.add(scheduler.placeAsync(HALF).thenApply(answer -> {
                    scheduler.release(placed(answer).claim());
                    return placed(scheduler.place(HALF));
                }));
            }
            all.forEach(CompletableFuture::join);
            assertThat(scheduler.snapshot().claimCount()).isEqualTo(16);
        }
    }

    @Test
    void aClusterWithoutNodesOrGpusRefuses() {
        Cluster empty = Cluster.builder().build();
        Cluster cpus = Cluster.builder()
                .add(NodeSpec.named("cpu-0").cpuMilli(4_000).memoryMib(8_000).build())
                .build();
        for (String policy : Policies.names()) {
            try (Scheduler scheduler = Scheduler.builder(empty)
                    .policy(Policies.byName(policy))
                    .repeatable()
                    .build()) {
                for (Request request : List.of(EIGHT, HALF, Request.mig("3g.40gb", 1, 1), Request.cpuOnly(1, 1))) {
                    for (int i = 0; i < 60; i++) {
                        assertThat(scheduler.place(request))
                                .as(policy)
                                .isEqualTo(new Refusal(request, 0, List.of(), null));
                    }
                    assertThat(scheduler.place(request, List.of("nowhere"))).isInstanceOf(Refusal.class);
                }
                assertThat(scheduler.update(cpus).orphans()).isEmpty();
                for (int i = 0; i < 60; i++) {
                    assertThat(scheduler.place(EIGHT)).isInstanceOf(Refusal.class);
                    assertThat(scheduler.place(HALF)).isInstanceOf(Refusal.class);
                    assertThat(scheduler.place(Request.mig("3g.40gb", 0, 0))).isInstanceOf(Refusal.class);
                    Placement placement = placed(scheduler.place(Request.cpuOnly(1_000, 1_000)));
                    assertThat(scheduler.release(placement.claim())).isTrue();
                    assertThat(scheduler.release(placed(scheduler.place(Request.cpuOnly(0, 0)))
                                    .claim()))
                            .isTrue();
                }
                assertThat(scheduler.update(empty).orphans()).isEmpty();
            }
        }
    }

    @Test
    void complainsAboutWhatCannotBeAdopted() {
        try (Scheduler scheduler = Scheduler.builder(cluster(1)).build()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> scheduler.adopt(new Running(HALF, "nowhere", List.of())))
                    .withMessageContaining("nowhere");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> scheduler.adopt(new Running(EIGHT, "node-0", List.of(1, 2))))
                    .withMessageContaining("8 different indices");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> scheduler.adopt(new Running(Request.mig("3g.40gb", 1, 1), "node-0", List.of())))
                    .withMessageContaining("3g.40gb");
            assertThat(scheduler.snapshot().claimCount()).isZero();
        }
    }

    @Test
    void keepsClaimsByNodeNameWhenTheClusterChanges() {
        try (Scheduler scheduler = Scheduler.builder(cluster(3)).build()) {
            List<Placement> before = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                before.add(placed(scheduler.place(EIGHT)));
            }
            ClusterUpdate smaller = scheduler.update(cluster(2, 4));
            assertThat(smaller.orphans()).extracting(Placement::nodeName).containsExactly("node-2");
            assertThat(smaller.overcommitted()).containsExactlyInAnyOrder("node-0", "node-1");
            for (Placement placement : before) {
                assertThat(scheduler.release(placement.claim()))
                        .isEqualTo(!placement.nodeName().equals("node-2"));
            }
            assertThat(scheduler.snapshot().claimCount()).isZero();
            placed(scheduler.place(Request.gpus(4, 1, 1)));
        }
    }

    @Test
    void countedResourcesSurviveAClusterThatDoesNotNameThem() {
        Cluster withNics = Cluster.builder()
                .add(NodeSpec.named("node-0")
                        .gpus("H100-SXM5-80GB", 8, 81_559)
                        .cpuMilli(128_000)
                        .memoryMib(1_000_000)
                        .counted("rdma", 2)
                        .build())
                .build();
        Request oneNic = HALF.withCounted(Map.of("rdma", 1L));
        try (Scheduler scheduler = Scheduler.builder(withNics).build()) {
            placed(scheduler.place(oneNic));
            Placement second = placed(scheduler.place(oneNic));
            assertThat(scheduler.update(cluster(1)).overcommitted()).containsExactly("node-0");
            assertThat(scheduler.update(withNics).overcommitted()).isEmpty();
            assertThat(scheduler.place(oneNic)).isInstanceOf(Refusal.class);
            assertThat(scheduler.release(second.claim())).isTrue();
            placed(scheduler.place(oneNic));
        }
    }

    @Test
    void equalCallsHaveEqualResults() {
        for (String policy : Set.of("berth", "fill", "fgd", "best-fit", "random")) {
            assertThat(run(policy)).as(policy).isEqualTo(run(policy));
        }
    }

    private static List<String> run(String policy) {
        Random random = new Random(7);
        List<String> log = new ArrayList<>();
        List<Placement> running = new ArrayList<>();
        try (Scheduler scheduler = Scheduler.builder(cluster(20))
                .policy(Policies.byName(policy))
                .orderSeed(3)
                .repeatable()
                .build()) {
            for (int i = 0; i < 400; i++) {
                if (!running.isEmpty() && random.nextInt(3) == 0) {
                    scheduler.release(
                            running.remove(random.nextInt(running.size())).claim());
                } else {
                    Request request = random.nextBoolean()
                            ? Request.share(100 + 100 * random.nextInt(8), 1_000 * random.nextInt(8), 10_000)
                            : Request.gpus(1 << random.nextInt(4), 8_000, 10_000);
                    Answer answer = scheduler.place(request);
                    log.add(answer.toString());
                    if (answer instanceof Placement placement) {
                        running.add(placement);
                    }
                }
            }
        }
        return log;
    }

    @Test
    void callersFromManyThreadsLoseNothing() throws InterruptedException {
        try (Scheduler scheduler = Scheduler.builder(cluster(8)).build()) {
            LedgerSnapshot before = scheduler.snapshot();
            CountDownLatch start = new CountDownLatch(1);
            List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
            List<Thread> threads = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                int seed = t;
                Thread thread = new Thread(() -> {
                    try {
                        start.await();
                        Random random = new Random(seed);
                        List<Placement> mine = new ArrayList<>();
                        for (int i = 0; i < 500; i++) {
                            if (!mine.isEmpty() && random.nextBoolean()) {
                                assertThat(scheduler.release(mine.remove(0).claim()))
                                        .isTrue();
                            } else if (scheduler.place(HALF) instanceof Placement placement) {
                                mine.add(placement);
                            }
                        }
                        mine.forEach(
                                p -> assertThat(scheduler.release(p.claim())).isTrue());
                    } catch (Throwable e) {
                        failures.add(e);
                    }
                });
                thread.start();
                threads.add(thread);
            }
            start.countDown();
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(failures).isEmpty();
            assertThat(scheduler.snapshot().sameHoldings(before)).isTrue();
        }
    }

    @Test
    void nothingWorksAfterItIsClosed() {
        Scheduler scheduler = Scheduler.builder(cluster(1)).build();
        scheduler.close();
        assertThatIllegalStateException()
                .isThrownBy(() -> scheduler.place(HALF))
                .withMessageContaining("closed");
    }
}
