package dev.berth.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.MigGeometry;
import dev.berth.cluster.NodeSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

/** The tables against the recursions that define them. */
class ExpectedFillTablesTest {

    @Property(tries = 50)
    void deviceTableIsTheRecursion(@ForAll long seed, @ForAll @IntRange(min = 1, max = 40) int patience) {
        List<NaiveExpectedFill.Offer> offers = offers(seed);
        DeviceTable table = DeviceTable.of(classes(offers), patience);
        double[] h = NaiveExpectedFill.device(offers, patience);
        for (int milli = 0; milli <= 1000; milli++) {
            assertThat(table.fill(milli)).isCloseTo(h[milli / 10], within(1e-9));
            assertThat(table.fill(milli)).as("no more than there is").isBetween(0.0, milli + 1e-9);
        }
    }

    @Property(tries = 10)
    void nodeTableIsTheRecursion(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 4) int gpus,
            @ForAll @IntRange(min = 1, max = 3) int unit) {
        List<NaiveExpectedFill.Offer> offers = offers(seed);
        NodeTable table = NodeTable.of(classes(offers), gpus, 1000 * unit);
        double[][] p = NaiveExpectedFill.pooled(offers, gpus, 1000 * unit);
        assertThat(table.rows()).isEqualTo(p.length);
        for (int g = 0; g < p.length; g++) {
            for (int c = 0; c <= 128; c++) {
                assertThat(table.fill(g, c)).isCloseTo(p[g][c], within(1e-9));
            }
        }
    }

    @Property(tries = 50)
    void moreCoresNeverLimitMore(@ForAll long seed, @ForAll @DoubleRange(min = 0, max = 1000) double milli) {
        NodeTable table = NodeTable.of(classes(offers(seed)), 1, 1000);
        double less = 0;
        for (int cores = 0; cores <= 130; cores++) {
            double limit = table.limit(milli, 1000L * cores);
            assertThat(limit).isBetween(less - 1e-12, 1 + 1e-12);
            less = limit;
        }
        assertThat(table.limit(milli, -5000)).isEqualTo(table.limit(milli, 0));
        assertThat(table.limit(-1e-13, 1000)).isEqualTo(table.limit(0, 1000));
    }

    @Example
    void everyGeometryKeepsItsPromiseOfFill() {
        for (String model : List.of("A100-SXM4-40GB", "A100-SXM4-80GB", "H100-SXM5-80GB", "A30")) {
            MigGeometry geometry = MigGeometry.find(model, 0);
            double[] shares = new double[geometry.profileCount()];
            Random random = new Random(model.hashCode());
            double sum = 0;
            for (int p = 0; p < shares.length; p++) {
                shares[p] = random.nextInt(3);
                sum += shares[p];
            }
            for (int p = 0; p < shares.length; p++) {
                shares[p] /= sum;
            }
            MigTable table = MigTable.of(geometry, shares, 10);
            double[] h = NaiveExpectedFill.mig(geometry, shares, 10);
            for (int occupancy = 0; occupancy < MigGeometry.OCCUPANCIES; occupancy++) {
                assertThat(table.fill(occupancy)).isCloseTo(h[occupancy], within(1e-9));
                assertThat(table.fill(occupancy)).isBetween(0.0, 1000.0);
            }
        }
    }

    @Property(tries = 100)
    void scarcityIsDemandForCapacity(@ForAll long seed) {
        Random random = new Random(seed);
        Cluster cluster = ExpectedFillCases.cluster(random);
        TypicalWorkload workload = TypicalWorkload.of(ExpectedFillCases.mix(random, cluster));
        NodeKinds nodes = new NodeKinds(cluster);
        double[] byKind = Scarcity.of(workload, nodes);
        double[] byNode = NaiveExpectedFill.scarcity(cluster, workload);
        for (int node = 0; node < cluster.nodeCount(); node++) {
            if (nodes.kind(node) >= 0) {
                assertThat(byKind[nodes.kind(node)]).isCloseTo(byNode[node], within(1e-9));
            }
        }
    }

    @Property(tries = 40)
    void aWholeNodeIsWorthWhatWillComeForIt(
            @ForAll @DoubleRange(min = 0, max = 60) double offers, @ForAll @IntRange(min = 1, max = 60) int most) {
        double[] naive = NaiveExpectedFill.worthOfNodes(offers, 8000, most);
        double[] worth = WholeNodePrices.worth(new double[] {offers}, 8000, most);
        int[] prices = WholeNodePrices.prices(new double[] {offers}, 8000, most - 1);
        int dearer = 8000;
        for (int a = 0; a < most; a++) {
            assertThat(worth[a]).isCloseTo(naive[a], within(1e-9));
            // Tasks of one node bring diminishing returns, so the hull is the curve itself.
            assertThat(prices[a]).isCloseTo((int) Math.round((naive[a + 1] - naive[a]) / 160) * 160, within(160));
            assertThat(prices[a] % 160).isZero();
            assertThat(prices[a]).isBetween(0, dearer);
            dearer = prices[a];
        }
    }

    @Example
    void gangsMakeEveryNodeOfTheirSizeWorthKeeping() {
        int[] prices = WholeNodePrices.prices(new double[] {0, 0, 0, 5}, 8000, 30);
        assertThat(prices[0])
                .as("a gang of four: three nodes alone are no use, but part of a use")
                .isPositive();
        assertThat(prices[0]).isEqualTo(prices[3]);
        assertThat(prices[30]).isZero();
    }

    @Example
    void aFreshClusterHasNoPriceAndAFullOneTheDearest() {
        WholeNodePrices prices = prices(40, 8, 100, Request.gpus(8, 8000, 0), 1, Request.share(500, 1000, 0), 199);
        assertThat(prices.price(0, 40)).isZero();
        assertThat(prices.price(0, 0)).isBetween(7000, 8000);
        WholeNodePrices none = prices(40, 8, 100, Request.gpus(2, 8000, 0), 1, Request.share(500, 1000, 0), 199);
        assertThat(none.group(0)).as("nobody asks for whole nodes").isEqualTo(-1);
    }

    @Example
    void tooLargeForTheEmptyNodeIsNoWholeNodeClass() {
        WholeNodePrices prices = prices(40, 8, 100, Request.gpus(8, 104_000, 0), 5, Request.share(500, 1000, 0), 195);
        assertThat(prices.group(0)).isEqualTo(-1);
        assertThat(prices.group(-1)).as("a node without GPUs").isEqualTo(-1);
    }

    @Example
    void largeGroupsAreCountedInBlocks() {
        Request eight = Request.gpus(8, 8000, 0);
        Request share = Request.share(500, 1000, 0);
        WholeNodePrices small = prices(900, 8, 100, eight, 1, share, 99);
        WholeNodePrices large = prices(9000, 8, 100, eight, 1, share, 99);
        assertThat(large.price(0, 9000)).isZero();
        assertThat(large.price(0, 100)).isEqualTo(8000);
        for (int free = 0; free <= 900; free += 300) {
            assertThat(large.price(0, 10L * free)).isCloseTo(small.price(0, free), within(1600));
        }
    }

    @Example
    void nodesOfFourArePricedForTasksThatHaveNoLargerOnes() {
        Request four = Request.gpus(4, 8000, 0);
        Request share = Request.share(500, 1000, 0);
        assertThat(prices(20, 4, 100, four, 10, share, 90).price(0, 0)).isPositive();
        assertThat(prices(20, 2, 100, Request.gpus(2, 8000, 0), 10, share, 90).group(0))
                .isEqualTo(-1);
        Cluster both = Cluster.builder()
                .add(node("four", "A", 4))
                .add(node("eight", "B", 8))
                .build();
        NodeKinds nodes = new NodeKinds(both);
        TypicalWorkload anywhere = TypicalWorkload.ofCounts(Map.of(four, 10L, share, 90L));
        assertThat(WholeNodePrices.of(anywhere, nodes, 1).group(0)).isEqualTo(-1);
        TypicalWorkload there = TypicalWorkload.ofCounts(Map.of(four.onModels(Set.of("A")), 10L, share, 90L));
        assertThat(WholeNodePrices.of(there, nodes, 1).openTo(0, 96_000, 100)).isOne();
    }

    @Example
    void nodesThatDifferInNothingThatMattersFormOneGroup() {
        Cluster.Builder builder = Cluster.builder();
        for (int i = 0; i < 40; i++) {
            builder.add(NodeSpec.named("n" + i)
                    .gpus("A", 8, 0)
                    .cpuMilli(96_000 + 10 * i)
                    .memoryMib(1000 + i)
                    .build());
        }
        TypicalWorkload workload = TypicalWorkload.ofCounts(Map.of(
                Request.gpus(8, 96_000, 1000), 2L, Request.gpus(8, 96_000, 1020), 1L, Request.share(500, 0, 0), 97L));
        NodeKinds nodes = new NodeKinds(builder.build());
        WholeNodePrices prices = WholeNodePrices.of(workload, nodes, 1);
        assertThat(nodes.shapeCount()).isEqualTo(40);
        assertThat(prices.groupCount())
                .as("those below 1020 MiB, and the others")
                .isEqualTo(2);
        assertThat(prices.members(prices.group(nodes.shape(0)))).hasSize(20);
        assertThat(prices.group(nodes.shape(39))).isEqualTo(prices.group(nodes.shape(20)));
        assertThat(prices.openTo(prices.group(nodes.shape(39)), 96_000, 1010)).isBetween(0.4, 0.6);
    }

    @Example
    void kindsWithTheSameOffersShareTheirTables() {
        Cluster cluster = Cluster.builder()
                .add(node("a", "A", 2))
                .add(node("b", "B", 8))
                .add(node("c", "C", 2))
                .build();
        TypicalWorkload workload = TypicalWorkload.of(
                List.of(Request.share(500, 1000, 0), Request.share(700, 2000, 0).onModels(Set.of("C"))));
        ExpectedFillTables tables =
                ExpectedFillTables.of(workload, new NodeKinds(cluster), ExpectedFillParameters.FILL);
        assertThat(tables.node(0)).isSameAs(tables.node(1)).isNotSameAs(tables.node(2));
        assertThat(tables.node(0).rows()).as("enough for the larger of the two").isEqualTo(401);
        assertThat(tables.node(2).rows()).isEqualTo(101);
        assertThat(tables.weight(2)).isGreaterThan(tables.weight(0)).isGreaterThan(1);
    }

    @Example
    void parametersOutOfRangeAreNamed() {
        assertThatThrownBy(() -> new ExpectedFillParameters(0, 0.5, 40, 1, 1, 0.5, 1, 50))
                .hasMessage("devicePatience is 0, allowed: 1 to 1000");
        assertThatThrownBy(() -> new ExpectedFillParameters(10, 0.5, 40, 1, 1, 1, 1, 50))
                .hasMessage("nearlyFree is 1.0, allowed: 0 to below 1");
        assertThatThrownBy(() -> new ExpectedFillParameters(10, Double.NaN, 40, 1, 1, 0, 1, 50))
                .hasMessageStartingWith("scarcityWeight is NaN, allowed: ");
    }

    private static NodeSpec node(String name, String model, int gpus) {
        return NodeSpec.named(name)
                .gpus(model, gpus, 0)
                .cpuMilli(96_000)
                .memoryMib(100)
                .build();
    }

    private static WholeNodePrices prices(
            int nodes, int gpus, long memoryMib, Request one, long ones, Request other, long others) {
        Cluster.Builder builder = Cluster.builder();
        for (int i = 0; i < nodes; i++) {
            builder.add(NodeSpec.named("n" + i)
                    .gpus("A", gpus, 0)
                    .cpuMilli(96_000)
                    .memoryMib(memoryMib)
                    .build());
        }
        TypicalWorkload workload = TypicalWorkload.ofCounts(Map.of(one, ones, other, others));
        return WholeNodePrices.of(workload, new NodeKinds(builder.build()), 1);
    }

    private static List<NaiveExpectedFill.Offer> offers(long seed) {
        Random random = new Random(seed);
        List<NaiveExpectedFill.Offer> offers = new ArrayList<>();
        for (int i = 1 + random.nextInt(8); i > 0; i--) {
            int milli = random.nextInt(4) == 0 ? 1000 * (1 + random.nextInt(4)) : 1 + random.nextInt(999);
            int cpu = random.nextInt(10) == 0 ? 140_000 : 250 * random.nextInt(100);
            offers.add(new NaiveExpectedFill.Offer(milli, cpu, random.nextDouble() / 8));
        }
        return offers;
    }

    private static OfferedClasses classes(List<NaiveExpectedFill.Offer> offers) {
        OfferedClasses.Builder classes = new OfferedClasses.Builder();
        offers.forEach(offer -> classes.add(offer.gpuMilli(), offer.cpuMilli(), offer.share()));
        return classes.build();
    }
}
