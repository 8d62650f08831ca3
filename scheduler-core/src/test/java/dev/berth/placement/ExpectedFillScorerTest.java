package dev.berth.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.MigGeometry;
import dev.berth.cluster.NodeSpec;
import dev.berth.cluster.NodeState;
import dev.berth.ledger.ClaimSpec;
import dev.berth.ledger.Ledger;
import dev.berth.ledger.NodeReading;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** The scorer that keeps what it can, against the one that keeps nothing. */
class ExpectedFillScorerTest {
    private static final List<ExpectedFillParameters> PRESETS =
            List.of(ExpectedFillParameters.FILL, ExpectedFillParameters.BERTH);

    @Property(tries = 25)
    void keysAreThoseOfTheDefinition(@ForAll long seed) {
        Random random = new Random(seed);
        Cluster cluster = ExpectedFillCases.cluster(random);
        List<Request> mix = ExpectedFillCases.mix(random, cluster);
        TypicalWorkload workload = TypicalWorkload.of(mix);
        ExpectedFillParameters parameters = PRESETS.get(random.nextInt(2));
        Ledger ledger = Ledger.of(cluster);
        View view = view(ledger);
        NodeScorer scorer = new ExpectedFillScorer(view, parameters, workload, Map.of());
        NaiveExpectedFill naive = new NaiveExpectedFill(cluster, workload, parameters);
        Map<Request, Demand> demands = new HashMap<>();

        double[] price = new double[cluster.nodeCount()];
        for (int node = 0; node < price.length; node++) {
            price[node] = naive.price(view, node);
        }
        for (int step = 1; step <= 60; step++) {
            Request request = mix.get(random.nextInt(mix.size()));
            Demand demand = demands.computeIfAbsent(request, r -> new Demand(demands.size(), r, cluster));
            scorer.arrived(view, demand, node -> {});
            for (int node = 0; step % 5 == 0 && node < price.length; node++) {
                price[node] = naive.price(view, node);
            }
            List<Integer> fitting = new ArrayList<>();
            for (int node = 0; node < cluster.nodeCount(); node++) {
                if (!view.hasRoom(node, demand) || !TypicalWorkload.allows(request, cluster, node)) {
                    continue;
                }
                fitting.add(node);
                double loss = cluster.gpuCount(node) == 0 ? 0 : naive.loss(view, node, demand, price[node]);
                assertThat((double) scorer.key(view, node, demand))
                        .as("%s on %s, loss %s", request, cluster.nodeName(node), loss)
                        .isBetween(
                                naive.key(view, node, demand, loss - 1e-7), naive.key(view, node, demand, loss + 1e-7));
                if (demand.shareMilli() > 0 || demand.mig()) {
                    int gpu = demand.mig()
                            ? scorer.gpuForMig(view, node, demand)
                            : scorer.gpuForShare(view, node, demand);
                    assertChosen(view, node, demand, gpu, naive.losses(view, node, demand));
                }
            }
            if (!fitting.isEmpty()) {
                int node = fitting.get(random.nextInt(fitting.size()));
                claim(ledger, view, scorer, node, demand);
            }
            if (random.nextInt(10) == 0) {
                int node = random.nextInt(cluster.nodeCount());
                ledger.setState(node, random.nextBoolean() ? NodeState.READY : NodeState.DRAINING);
                read(ledger, view, node);
                scorer.nodeChanged(view, node);
            }
        }
    }

    private static void assertChosen(View view, int node, Demand demand, int chosen, double[] losses) {
        for (int gpu = 0; gpu < losses.length; gpu++) {
            assertThat(losses[chosen]).isLessThanOrEqualTo(losses[gpu] + 1e-8);
            if (demand.shareMilli() > 0 && Math.abs(losses[gpu] - losses[chosen]) < 1e-11) {
                int free = view.gpuFreeMilli(node, gpu);
                int chosenFree = view.gpuFreeMilli(node, chosen);
                assertThat(chosenFree < free || chosenFree == free && chosen <= gpu)
                        .as("the tightest, then the lowest index: %s or %s of %s", chosen, gpu, demand)
                        .isTrue();
            }
        }
    }

    @Property(tries = 10)
    void decisionsAreThoseOfAFullScan(@ForAll long seed) {
        Random random = new Random(seed);
        Cluster cluster = ExpectedFillCases.cluster(random);
        List<Request> mix = ExpectedFillCases.mix(random, cluster);
        ExpectedFillParameters parameters = new ExpectedFillParameters(10, 0.5, 40, 1, 1, 0.5, 1, 20);
        Ledger ledger = Ledger.of(cluster);
        Planner planner = new Planner(ledger, ExpectedFillPolicy.of("test", parameters), 7);
        int[] order = Engine.order(cluster.nodeCount(), 7);

        List<Request> arrived = new ArrayList<>();
        List<Long> handles = new ArrayList<>();
        NaiveExpectedFill naive = null;
        double[] price = new double[cluster.nodeCount()];
        int due = 20;
        Plan plan = new Plan();
        for (int n = 1; n <= 160; n++) {
            if (!handles.isEmpty() && random.nextInt(3) > 0) {
                ledger.release(handles.remove(random.nextInt(handles.size())));
            }
            Request request = mix.get(random.nextInt(mix.size()));
            Demand demand = planner.demand(request);
            planner.arrived(demand);
            arrived.add(request);
            if (n == due) {
                naive = new NaiveExpectedFill(cluster, TypicalWorkload.of(arrived), parameters);
                due = Math.max(n + 50, (3 * n + 1) / 2);
            }
            View view = view(ledger);
            // Every rebuild of this run falls on a multiple of five.
            for (int node = 0; naive != null && n % 5 == 0 && node < price.length; node++) {
                price[node] = naive.price(view, node);
            }
            int expected = -1;
            double least = Double.POSITIVE_INFINITY;
            for (int node : order) {
                if (view.hasRoom(node, demand) && TypicalWorkload.allows(request, cluster, node)) {
                    double loss = naive == null || cluster.gpuCount(node) == 0
                            ? 0
                            : naive.loss(view, node, demand, price[node]);
                    double key = naive == null ? 0 : naive.key(view, node, demand, loss);
                    if (key < least) {
                        least = key;
                        expected = node;
                    }
                }
            }
            boolean found = planner.plan(demand, plan);
            assertThat(found ? plan.node() : -1)
                    .as("arrival %s, %s", n, request)
                    .isEqualTo(expected);
            if (found) {
                handles.add(planner.commit(plan));
            }
        }
        assertThat(planner.rebuilds()).isEqualTo(3);
    }

    @Example
    void learnsAtFiftyArrivalsAndThenAtHalfAsManyAgain() {
        View view = view(Ledger.of(ExpectedFillCases.cluster(new Random(1))));
        NodeScorer scorer = ExpectedFillPolicy.fill().scorer(view);
        Demand demand = new Demand(0, Request.share(500, 1000, 0), view.cluster());
        List<Integer> rebuilds = new ArrayList<>();
        for (int n = 1; n <= 10_800; n++) {
            scorer.arrived(view, demand, node -> {});
            if (scorer.rebuildDue() != null) {
                rebuilds.add(n);
            }
        }
        assertThat(rebuilds).containsExactly(50, 100, 150, 225, 338, 507, 761, 1142, 1713, 2570, 3855, 5783, 8675);
    }

    @Example
    void beforeTheFirstTablesTheFirstNodeAndTheTightestGpuWin() {
        Cluster cluster = Cluster.builder()
                .add(NodeSpec.named("a").gpus("A", 2, 0).cpuMilli(64_000).build())
                .build();
        Ledger ledger = Ledger.of(cluster);
        ledger.claim(0, new ClaimSpec().share(1, 600), Ledger.ANY_VERSION);
        View view = view(ledger);
        NodeScorer scorer = ExpectedFillPolicy.berth().scorer(view);
        scorer.nodeChanged(view, 0);
        Demand demand = new Demand(0, Request.share(300, 0, 0), cluster);
        assertThat(scorer.key(view, 0, demand)).isZero();
        assertThat(scorer.gpuForShare(view, 0, demand)).isEqualTo(1);
    }

    @Example
    void whatArrivedBeforeCountsAsLearnt() {
        Cluster cluster = Cluster.builder()
                .add(NodeSpec.named("a").gpus("A", 2, 0).cpuMilli(64_000).build())
                .build();
        View view = view(Ledger.of(cluster));
        Request request = Request.share(500, 1000, 0);
        NodeScorer scorer =
                ExpectedFillPolicy.berth().withArrived(Map.of(request, 40L)).scorer(view);
        Demand demand = new Demand(0, request, cluster);
        List<Integer> rebuilds = new ArrayList<>();
        for (int n = 41; n <= 160; n++) {
            scorer.arrived(view, demand, node -> {});
            if (scorer.rebuildDue() != null) {
                rebuilds.add(n);
            }
        }
        assertThat(rebuilds).containsExactly(50, 100, 150);

        NodeScorer ready =
                ExpectedFillPolicy.berth().withArrived(Map.of(request, 200L)).scorer(view);
        ready.arrived(view, demand, node -> {});
        assertThat(ready.rebuildDue()).isNull();
        Demand larger = new Demand(1, Request.share(600, 1000, 0), cluster);
        assertThat(ready.key(view, 0, larger))
                .as("tables are in place from the start")
                .isPositive();
    }

    @Example
    void laterArrivalsDoNotReachIntoARebuildThatIsUnderWay() {
        View view = view(Ledger.of(ExpectedFillCases.cluster(new Random(1))));
        NodeScorer scorer = ExpectedFillPolicy.fill().scorer(view);
        Demand first = new Demand(0, Request.share(500, 1000, 0), view.cluster());
        Demand second = new Demand(1, Request.share(300, 1000, 0), view.cluster());
        for (int n = 0; n < 50; n++) {
            scorer.arrived(view, first, node -> {});
        }
        NodeScorer.Rebuild rebuild = scorer.rebuildDue();
        for (int n = 0; n < 500; n++) {
            scorer.arrived(view, second, node -> {});
        }
        ExpectedFillTables tables = (ExpectedFillTables) rebuild.compute();
        assertThat(tables.device(0).fill(300))
                .as("a share of 300 has not been seen")
                .isZero();
    }

    @Example
    void aPriceThatChangesMakesTheKeysOfItsNodesStale() {
        Cluster.Builder builder = Cluster.builder();
        for (int i = 0; i < 6; i++) {
            builder.add(NodeSpec.named("n" + i).gpus("A", 8, 0).cpuMilli(96_000).build());
        }
        Cluster cluster = builder.build();
        Ledger ledger = Ledger.of(cluster);
        View view = view(ledger);
        Request eight = Request.gpus(8, 8000, 0);
        Request share = Request.share(500, 1000, 0);
        TypicalWorkload workload = TypicalWorkload.ofCounts(Map.of(eight, 10L, share, 400L));
        NodeScorer scorer = ExpectedFillPolicy.berth().withTypical(workload).scorer(view);
        Demand small = new Demand(0, share, cluster);
        int ample = scorer.key(view, 5, small);
        for (int node = 0; node < 5; node++) {
            claim(ledger, view, scorer, node, new Demand(1, eight, cluster));
        }
        List<Integer> stale = new ArrayList<>();
        for (int n = 0; n < 5; n++) {
            assertThat(stale).isEmpty();
            scorer.arrived(view, small, stale::add);
        }
        assertThat(stale).as("those that still count as free").contains(5);
        assertThat(scorer.key(view, 5, small)).as("the last free node is dear").isGreaterThan(ample);
    }

    @Example
    void whereCoresRunOutFirstANodeIsPartlyFreeBesideTasksWithoutGpus() {
        Cluster.Builder builder = Cluster.builder();
        for (int i = 0; i < 3; i++) {
            builder.add(NodeSpec.named("n" + i)
                    .gpus("A", 4, 0)
                    .cpuMilli(96_000)
                    .memoryMib(1000)
                    .build());
        }
        Cluster cluster = builder.build();
        Ledger ledger = Ledger.of(cluster);
        View view = view(ledger);
        Request quad = Request.gpus(4, 90_000, 0);
        Request cpuOnly = Request.cpuOnly(16_000, 0);
        TypicalWorkload workload = TypicalWorkload.ofCounts(Map.of(quad, 10L, cpuOnly, 90L));
        ExpectedFillParameters parameters = ExpectedFillParameters.BERTH;
        NodeScorer scorer = ExpectedFillPolicy.berth().withTypical(workload).scorer(view);
        NaiveExpectedFill naive = new NaiveExpectedFill(cluster, workload, parameters);
        Demand demand = new Demand(0, cpuOnly, cluster);
        claim(ledger, view, scorer, 0, demand);
        claim(ledger, view, scorer, 1, new Demand(1, quad, cluster));
        for (int n = 0; n < 5; n++) {
            scorer.arrived(view, demand, node -> {});
        }
        assertThat(naive.readiness(view, 0, 0, 0, 0)).isEqualTo(0.5);
        assertThat(naive.price(view, 0)).isPositive();
        for (int node : new int[] {0, 2}) {
            double loss = naive.loss(view, node, demand, naive.price(view, node));
            assertThat((double) scorer.key(view, node, demand)).isEqualTo(naive.key(view, node, demand, loss));
        }
        assertThat(scorer.key(view, 0, demand)).isLessThan(scorer.key(view, 2, demand));
    }

    @Example
    void smallMigProfilesLeaveRoomForLargeOnes() {
        Cluster cluster = Cluster.builder()
                .add(NodeSpec.named("mig")
                        .gpus("A100-SXM4-80GB", 2, 81_920)
                        .migGpuMask(0b11)
                        .cpuMilli(64_000)
                        .build())
                .build();
        Ledger ledger = Ledger.of(cluster);
        MigGeometry geometry = cluster.migGeometry(0);
        ledger.claim(0, new ClaimSpec().mig(1, geometry.profileIndex("1g.10gb"), 6), Ledger.ANY_VERSION);
        View view = view(ledger);
        for (TypicalWorkload workload : List.of(
                TypicalWorkload.ofCounts(Map.of()),
                TypicalWorkload.ofCounts(Map.of(Request.mig("1g.10gb", 0, 0), 9L, Request.mig("7g.80gb", 0, 0), 3L)))) {
            NodeScorer scorer = ExpectedFillPolicy.berth().withTypical(workload).scorer(view);
            Demand small = new Demand(0, Request.mig("1g.10gb", 1000, 0), cluster);
            assertThat(scorer.gpuForMig(view, 0, small))
                    .as("beside the other, not on the empty GPU")
                    .isEqualTo(1);
        }
    }

    @Example
    void namesBothPresets() {
        assertThat(Policies.names()).contains("fill", "berth");
        assertThat(((ExpectedFillPolicy) Policies.byName("berth")).parameters())
                .isEqualTo(ExpectedFillParameters.BERTH);
        assertThat(ExpectedFillPolicy.fill().toString()).contains("fill").contains("devicePatience=30");
        assertThat(Set.of(ExpectedFillParameters.FILL, ExpectedFillParameters.BERTH))
                .hasSize(2);
    }

    private static View view(Ledger ledger) {
        View view = new View(ledger.cluster());
        for (int node = 0; node < ledger.cluster().nodeCount(); node++) {
            read(ledger, view, node);
        }
        return view;
    }

    private static void read(Ledger ledger, View view, int node) {
        NodeReading reading = new NodeReading();
        ledger.read(node, reading);
        view.set(node, reading);
    }

    private static void claim(Ledger ledger, View view, NodeScorer scorer, int node, Demand demand) {
        ClaimSpec claim = new ClaimSpec().cpuMilli(demand.cpuMilli()).memoryMib(demand.memoryMib());
        if (demand.shareMilli() > 0) {
            claim.share(scorer.gpuForShare(view, node, demand), demand.shareMilli());
        } else if (demand.mig()) {
            int gpu = scorer.gpuForMig(view, node, demand);
            int profile = demand.migProfile(view.cluster().migGeometryId(node));
            int start = view.cluster().migGeometry(node).bestStart(profile, view.migOccupancy(node, gpu));
            claim.mig(gpu, profile, start);
        } else if (demand.wholeGpus() > 0) {
            int mask = view.freeGpuMask(node);
            while (Integer.bitCount(mask) > demand.wholeGpus()) {
                mask &= mask - 1;
            }
            claim.whole(mask);
        }
        assertThat(ledger.claim(node, claim, Ledger.ANY_VERSION)).isPositive();
        read(ledger, view, node);
        scorer.nodeChanged(view, node);
    }
}
