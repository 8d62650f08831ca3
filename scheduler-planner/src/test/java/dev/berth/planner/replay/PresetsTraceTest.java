package dev.berth.planner.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What our own presets are held to, the workload learnt online. */
@Tag("traces")
class PresetsTraceTest {
    /** Least that {@code fill} allocates when all of the capacity has been asked for, in per cent, mean of ten seeds. */
    private static final Map<String, Double> LEAST_OF_FILL = Map.of(
            "default", 95.7,
            "cpu250", 94.5,
            "gpushare40", 94.4,
            "gpushare100", 87.2,
            "gpuspec25", 95.6,
            "gpuspec33", 94.2,
            "multigpu50", 97.1);

    /** The best of FGD, first-fit, exact and bucketed fragmentation descent on each list, from an independent program. */
    private static final Map<String, Double> BEST_REFERENCE = Map.ofEntries(
            Map.entry("default", 95.21),
            Map.entry("cpu050", 95.17),
            Map.entry("cpu100", 95.12),
            Map.entry("cpu250", 93.93),
            Map.entry("gpushare40", 94.01),
            Map.entry("gpushare80", 89.08),
            Map.entry("gpushare100", 86.74),
            Map.entry("gpuspec10", 94.90),
            Map.entry("gpuspec25", 94.83),
            Map.entry("gpuspec33", 93.71),
            Map.entry("multigpu20", 95.73),
            Map.entry("multigpu40", 96.87),
            Map.entry("multigpu50", 97.05));

    /** Upper bounds from an independent program, which also pools CPU and memory. */
    private static final Map<String, Double> BOUND = Map.ofEntries(
            Map.entry("default", 96.9),
            Map.entry("cpu050", 96.9),
            Map.entry("cpu100", 96.9),
            Map.entry("cpu250", 96.9),
            Map.entry("gpushare40", 95.6),
            Map.entry("gpushare80", 91.5),
            Map.entry("gpushare100", 89.2),
            Map.entry("gpuspec10", 96.8),
            Map.entry("gpuspec25", 96.9),
            Map.entry("gpuspec33", 96.3),
            Map.entry("multigpu20", 97.3),
            Map.entry("multigpu40", 98.0),
            Map.entry("multigpu50", 98.3));

    @ParameterizedTest
    @MethodSource("lists")
    void fillAClusterBetterThanTheReferences(String list) {
        Trace trace = Published.trace(list);
        List<Saturation.Row> rows = Saturation.of(
                        trace,
                        Contenders.of(List.of("fill", "berth"), unused -> null),
                        100,
                        Published.SEEDS,
                        Parallel.quiet(),
                        true)
                .rows()
                .stream()
                .filter(row -> row.load() == 100)
                .toList();
        Saturation.Row fill = rows.get(0);
        Saturation.Row berth = rows.get(1);
        double reference = BEST_REFERENCE.get(list);
        double margin = list.equals("multigpu40") || list.equals("multigpu50") ? 0.15 : 0.3;
        assertThat(fill.allocatedPercentMean())
                .as("fill on %s", list)
                .isGreaterThanOrEqualTo(Math.max(reference + margin, LEAST_OF_FILL.getOrDefault(list, 0.0)));
        assertThat(berth.allocatedPercentMean()).as("berth on %s", list).isGreaterThanOrEqualTo(reference - 0.4);
        assertThat(fill.boundPercent()).as("bound of %s", list).isCloseTo(BOUND.get(list), within(0.35));
    }

    static List<String> lists() {
        return Published.lists(1);
    }

    @Test
    void berthLosesNextToNothingAtNinetyPercent() {
        List<Churn.Row> rows = churn("default", new double[] {90}, 42, 4, List.of("fgd", "berth"));
        assertThat(rows.get(1).gpuDemandLostPercent()).isLessThan(0.1);
        assertThat(rows.get(0).gpuDemandLostPercent() - rows.get(1).gpuDemandLostPercent())
                .isGreaterThanOrEqualTo(0.3);
    }

    @Test
    void berthLosesLessThanTheReferencesInSteadyState() {
        assumeTrue(Published.full(), "twenty seeds take minutes: mvn -Pfull verify");
        double[] loads = {90, 95, 100};
        assertLess(churn("default", loads, 42, 20, List.of("fgd", "berth")), 0.3, 0.4, 0);
        assertLess(churn("gpushare40", loads, 42, 20, List.of("fgd", "berth")), 0.1, 0.1, -0.3);
        assertLess(churn("gpuspec33", new double[] {90, 95}, 42, 20, List.of("first-fit", "berth")), 5, 5);
    }

    private static void assertLess(List<Churn.Row> rows, double... by) {
        for (int i = 0; i < by.length; i++) {
            Churn.Row reference = rows.get(i);
            Churn.Row berth = rows.get(by.length + i);
            assertThat(reference.gpuDemandLostPercent() - berth.gpuDemandLostPercent())
                    .as("%s less %s at %s", reference.policy(), berth.policy(), berth.load())
                    .isGreaterThanOrEqualTo(by[i]);
        }
    }

    private static List<Churn.Row> churn(
            String list, double[] loads, long firstSeed, int seeds, List<String> policies) {
        return Churn.of(
                Published.trace(list),
                Contenders.of(policies, unused -> null),
                loads,
                Lifetimes.EXP,
                LongStream.range(firstSeed, firstSeed + seeds).toArray(),
                Parallel.quiet());
    }
}
