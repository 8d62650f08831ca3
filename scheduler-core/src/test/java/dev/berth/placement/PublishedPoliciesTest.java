package dev.berth.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** The published policies against their definitions, by hand and by the naive scores. */
class PublishedPoliciesTest {

    @Property(tries = 400)
    void scoresAreThePublishedOnes(@ForAll("nodes") NaiveNode node, @ForAll("requests") Request request) {
        Assume.that(node.fits(request));
        assertThat(key("first-fit", node, request)).isZero();
        assertThat(key("best-fit", node, request)).isEqualTo(100 - NaiveScores.bestFit(node, request));
        assertThat(key("dot-product", node, request)).isEqualTo(100 - NaiveScores.dotProduct(node, request));
        assertThat(key("gpu-packing", node, request)).isEqualTo(100 - NaiveScores.gpuPacking(node, request));
        assertThat(key("gpu-clustering", node, request)).isEqualTo(100 - NaiveScores.gpuClustering(node, request));
    }

    @Property(tries = 400)
    void gradientIsThePublishedOne(
            @ForAll("nodes") NaiveNode node,
            @ForAll("requests") Request request,
            @ForAll("workloads") List<Request> arrivals) {
        Assume.that(node.fits(request));
        TypicalWorkload typical = TypicalWorkload.of(arrivals);
        View view = node.view();
        NodeScorer scorer = FragmentationGradientPolicy.of(typical).scorer(view);
        scorer.nodeChanged(view, 0);
        Demand demand = new Demand(0, request, view.cluster());
        double fragments = NaiveScores.fragmentation(node.model, node.left, node.cpuLeft, typical);
        assertThat(Fragmentation.of(view.cluster(), typical).ofCluster(view))
                .isCloseTo(fragments, org.assertj.core.data.Offset.offset(1e-6));

        if (demand.shareMilli() == 0) {
            assertScore(scorer.key(view, 0, demand), NaiveScores.gradient(node, request, -1, typical));
            return;
        }
        int chosen = scorer.gpuForShare(view, 0, demand);
        assertThat(node.left[chosen]).isGreaterThanOrEqualTo(demand.shareMilli());
        double best = NaiveScores.gradient(node, request, chosen, typical);
        assertScore(scorer.key(view, 0, demand), best);
        for (int gpu = 0; gpu < node.left.length; gpu++) {
            if (node.left[gpu] >= demand.shareMilli()) {
                double other = NaiveScores.gradient(node, request, gpu, typical);
                int least = (int) (other - 1e-9);
                assertThat(least).isLessThanOrEqualTo((int) (best + 1e-9));
                assertThat(gpu >= chosen || (int) (other - 1e-9) < (int) (best + 1e-9))
                        .as("the lowest index among equals: %s of %s", chosen, node)
                        .isTrue();
            }
        }
    }

    /** The two sum in another order, so a score at the edge of an integer may fall on either side. */
    private static void assertScore(int key, double score) {
        assertThat(100 - key).isBetween((int) (score - 1e-9), (int) (score + 1e-9));
    }

    @Example
    void worksByHand() {
        // 64 cores and 2 GPUs free: 12 cores and a GPU leave 52 cores and a GPU, 1 - (52/128 + 1/8)/2 = 0.734
        NaiveNode node = new NaiveNode("A", 2, 64_000);
        Request whole = Request.gpus(1, 12_000, 0);
        assertThat(key("best-fit", node, whole)).isEqualTo(100 - 73);
        // 1 - (64*12/128^2 + 2*1/8^2)/2 = 0.961
        assertThat(key("dot-product", node, whole)).isEqualTo(100 - 96);
        // nothing runs there: max(33 - 2, 2); a node of 8: max(33 - 8, 8)
        assertThat(key("gpu-packing", node, whole)).isEqualTo(100 - 31);
        NaiveNode eight = new NaiveNode("A", 8, 96_000);
        assertThat(key("gpu-packing", eight, whole)).isEqualTo(100 - 25);
        // nothing runs there: 25, and 25*(8000-2000)/8000 = 18
        assertThat(key("gpu-clustering", node, whole)).isEqualTo(100 - 43);

        eight.place(Request.share(530, 4_000, 0), 3);
        // one of the free GPUs of a node in use: 50 - 1; the 470 left on GPU 3: 100 - 47/10
        assertThat(key("gpu-packing", eight, whole)).isEqualTo(100 - 49);
        assertThat(key("gpu-packing", eight, Request.share(400, 0, 0))).isEqualTo(100 - 96);
        assertThat(key("gpu-packing", eight, Request.share(480, 0, 0))).isEqualTo(100 - 49);
        // only shares there: 75 for a share, 0 for a GPU, and 25*530/8000 = 1
        assertThat(key("gpu-clustering", eight, Request.share(400, 0, 0))).isEqualTo(100 - 76);
        assertThat(key("gpu-clustering", eight, whole)).isEqualTo(100 - 1);
        eight.place(whole, -1);
        // both there: 50, and 25*1530/8000 = 4
        assertThat(key("gpu-clustering", eight, whole)).isEqualTo(100 - 54);
        assertThat(key("gpu-clustering", eight, Request.cpuOnly(1_000, 0))).isEqualTo(100);
        assertThat(key("gpu-packing", eight, Request.cpuOnly(1_000, 0))).isEqualTo(100);
    }

    @Example
    void gradientWorksByHand() {
        NaiveNode node = new NaiveNode("A", 2, 8_000);
        TypicalWorkload typical = TypicalWorkload.of(List.of(Request.share(500, 2_000, 0), Request.gpus(1, 4_000, 0)));
        // Both classes can use both GPUs before: F = 0. A share of 300 leaves 700, which a whole-GPU task cannot use:
        // F = (0 + 700)/2 = 350, and 100 * sigmoid(-0.350) = 41.3.
        assertThat(fgd(node, Request.share(300, 2_000, 0), typical)).isEqualTo(100 - 41);
        // Five cores leave three, too few for the whole-GPU class: F = (0 + 1700)/2, 100 * sigmoid(-0.850) = 29.9.
        assertThat(fgd(node, Request.share(300, 5_000, 0), typical)).isEqualTo(100 - 29);
        // A second share beside the first: before 350, after 300 on GPU 0 that nobody can use: (300 + 300)/2.
        node.place(Request.share(300, 2_000, 0), 0);
        assertThat(fgd(node, Request.share(400, 2_000, 0), typical)).isEqualTo(100 - 51);
        // Nothing changes for a task that takes a little CPU only: exactly the middle.
        assertThat(fgd(node, Request.cpuOnly(1_000, 0), typical)).isEqualTo(100 - 50);
    }

    @Property(tries = 200)
    void randomTakesAGpuThatFits(@ForAll("nodes") NaiveNode node, @ForAll("requests") Request request) {
        Assume.that(node.fits(request) && request.gpus() instanceof GpuDemand.Share);
        View view = node.view();
        NodeScorer scorer = Policies.random(7).scorer(view);
        NodeScorer again = Policies.random(7).scorer(view);
        assertThat(scorer.randomTies()).isTrue();
        Demand demand = new Demand(0, request, view.cluster());
        for (int i = 0; i < 10; i++) {
            int gpu = scorer.gpuForShare(view, 0, demand);
            assertThat(node.left[gpu]).isGreaterThanOrEqualTo(demand.shareMilli());
            assertThat(again.gpuForShare(view, 0, demand)).as("same seed").isEqualTo(gpu);
        }
    }

    @Example
    void randomTakesEveryGpuThatFits() {
        NaiveNode node = new NaiveNode("A", 4, 8_000);
        node.place(Request.share(900, 0, 0), 2);
        View view = node.view();
        NodeScorer scorer = Policies.random(1).scorer(view);
        Demand demand = new Demand(0, Request.share(500, 0, 0), view.cluster());
        Set<Integer> seen = new java.util.TreeSet<>();
        for (int i = 0; i < 200; i++) {
            seen.add(scorer.gpuForShare(view, 0, demand));
        }
        assertThat(seen).containsExactly(0, 1, 3);
    }

    @Example
    void learningGradientIsTheGivenOneAfterItsRebuild() {
        NaiveNode node = new NaiveNode("A", 2, 8_000);
        View view = node.view();
        NodeScorer scorer = FragmentationGradientPolicy.learning().scorer(view);
        Request share = Request.share(300, 2_000, 0);
        Request whole = Request.gpus(1, 4_000, 0);
        Demand[] demands = {new Demand(0, share, view.cluster()), new Demand(1, whole, view.cluster())};
        List<Request> arrivals = new ArrayList<>();
        List<Integer> rebuiltAt = new ArrayList<>();
        for (int n = 1; n <= 200; n++) {
            Demand demand = demands[n % 3 == 0 ? 1 : 0];
            scorer.arrived(view, demand, unused -> {});
            arrivals.add(demand.request());
            NodeScorer.Rebuild rebuild = scorer.rebuildDue();
            if (rebuild == null) {
                continue;
            }
            rebuiltAt.add(n);
            scorer.install(view, rebuild.compute());
            scorer.nodeChanged(view, 0);
            TypicalWorkload typical = TypicalWorkload.of(arrivals);
            assertThat(scorer.key(view, 0, demands[0])).isEqualTo(fgd(node, share, typical));
            assertThat(scorer.key(view, 0, demands[1])).isEqualTo(fgd(node, whole, typical));
        }
        assertThat(rebuiltAt).containsExactly(50, 100, 150);
    }

    @Example
    void namesAreTheRegistry() {
        for (String name : Policies.names()) {
            assertThat(Policies.byName(name).name()).isEqualTo(name);
        }
        assertThat(Policies.names())
                .startsWith("best-fit", "first-fit", "dot-product", "gpu-packing", "gpu-clustering", "random", "fgd");
        assertThatThrownBy(() -> Policies.byName("worst-fit"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("policy is 'worst-fit', allowed: best-fit, first-fit");
    }

    private static int key(String policy, NaiveNode node, Request request) {
        View view = node.view();
        return Policies.byName(policy).scorer(view).key(view, 0, new Demand(0, request, view.cluster()));
    }

    private static int fgd(NaiveNode node, Request request, TypicalWorkload typical) {
        View view = node.view();
        NodeScorer scorer = FragmentationGradientPolicy.of(typical).scorer(view);
        scorer.nodeChanged(view, 0);
        return scorer.key(view, 0, new Demand(0, request, view.cluster()));
    }

    @Provide
    Arbitrary<Request> requests() {
        Arbitrary<GpuDemand> gpus = Arbitraries.oneOf(
                Arbitraries.just(GpuDemand.NONE),
                Arbitraries.of(1, 1, 2, 3, 4, 8).map(GpuDemand.Whole::new),
                Arbitraries.integers().between(1, 99).map(tens -> new GpuDemand.Share(10 * tens)),
                Arbitraries.integers().between(1, 999).map(GpuDemand.Share::new));
        Arbitrary<Set<String>> models = Arbitraries.of(Set.of(), Set.of(), Set.of("A"), Set.of("A", "B"));
        return Combinators.combine(gpus, Arbitraries.integers().between(0, 24_000), models)
                .as((gpu, cpu, allowed) -> new Request(
                        gpu,
                        cpu,
                        0,
                        java.util.Map.of(),
                        gpu instanceof GpuDemand.None ? Set.of() : allowed,
                        0,
                        java.util.Map.of()));
    }

    @Provide
    Arbitrary<List<Request>> workloads() {
        return requests().list().ofMinSize(1).ofMaxSize(30);
    }

    @Provide
    Arbitrary<NaiveNode> nodes() {
        Arbitrary<List<Request>> placed = requests().list().ofMaxSize(12);
        Arbitrary<NaiveNode> empty = Combinators.combine(
                        Arbitraries.of("A", "B"),
                        Arbitraries.of(0, 1, 2, 4, 8, 8),
                        Arbitraries.integers().between(8, 128))
                .as((model, gpus, cores) -> new NaiveNode(model, gpus, 1_000 * cores));
        return Combinators.combine(empty, placed, Arbitraries.randomValue(java.util.Random::nextInt))
                .as((node, requests, lot) -> {
                    for (Request request : requests) {
                        if (node.fits(request)) {
                            node.place(request, anyGpu(node, request, lot));
                        }
                    }
                    return node;
                });
    }

    private static int anyGpu(NaiveNode node, Request request, int lot) {
        int gpus = node.left.length;
        for (int i = 0; i < gpus && request.gpus() instanceof GpuDemand.Share; i++) {
            int gpu = Math.floorMod(lot + i, gpus);
            if (node.left[gpu] >= request.gpuMilli()) {
                return gpu;
            }
        }
        return -1;
    }
}
