package dev.berth.planner.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.placement.Fragmentation;
import dev.berth.placement.Policies;
import dev.berth.placement.Request;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SaturatingRunTest {

    @Test
    void countsByHand() {
        // Two nodes of two GPUs. Whole GPUs arrive one by one; the fifth and sixth do not fit; nor does 200 cores of
        // CPU.
        List<dev.berth.planner.io.OpenbPods.Pod> pods = new ArrayList<>(SmallTraces.pods(1, Request.gpus(1, 1_000, 1)));
        pods.addAll(SmallTraces.pods(1, Request.cpuOnly(200_000, 1)));
        Trace trace = new Trace(SmallTraces.nodes("A", 2, 2), pods);
        SaturatingRun run = SaturatingRun.of(
                trace,
                new int[] {0, 0, 1, 0, 0, 0, 0},
                new double[] {25, 60, 100, 130},
                Policies.byName("first-fit"),
                42,
                Fragmentation.of(trace.cluster(), trace.typical()));
        assertThat(run.allocatedMilli(0)).isEqualTo(1_000);
        assertThat(run.allocatedMilli(1))
                .as("before the arrival that exceeds 60 %")
                .isEqualTo(2_000);
        assertThat(run.cpuOnlyFailed(0)).isZero();
        assertThat(run.cpuOnlyFailed(1)).isEqualTo(1);
        assertThat(run.allocatedMilli(2)).isEqualTo(4_000);
        assertThat(run.gpuFailed(2)).isZero();
        assertThat(run.gpuFailed(3)).isEqualTo(1);
        // Of two classes, one has no GPU: with 2 GPUs idle, half of them is of no use to the mean task.
        assertThat(run.fragmentedMilli(1)).isEqualTo(1_000);
        assertThat(run.fragmentedMilli(3)).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "best-fit",
                "first-fit",
                "dot-product",
                "gpu-packing",
                "gpu-clustering",
                "random",
                "fgd",
                "fill",
                "berth"
            })
    void nothingIsLostOrInventedAndTheBoundHolds(String policy) {
        Trace trace = SmallTraces.mixed();
        Saturation saturation = Saturation.of(
                trace, Contenders.of(List.of(policy), unused -> null), 130, new long[] {1, 2}, Parallel.quiet(), true);
        assertThat(saturation.rows()).extracting(Saturation.Row::load).containsExactly(60.0, 80.0, 100.0, 130.0);
        for (Saturation.Row row : saturation.rows()) {
            assertThat(row.allocatedPercentMean()).isPositive().isLessThanOrEqualTo(row.load());
            assertThat(row.allocatedPercentMean()).isLessThanOrEqualTo(row.boundPercent() + 1e-6);
            assertThat(row.fragmentationPercent()).isBetween(0.0, 100 - row.allocatedPercentMean());
            assertThat(row.perSeed()).extracting(Saturation.Seed::seed).containsExactly(1L, 2L);
        }
        assertThat(saturation.curves().get(0).allocatedPercent()).hasSize(130).isSorted();
    }

    @Test
    void levelsEndWhereArrivalsStop() {
        assertThat(Saturation.levels(130)).containsExactly(60, 80, 100, 130);
        assertThat(Saturation.levels(100)).containsExactly(60, 80, 100);
        assertThat(Saturation.levels(97.5)).containsExactly(60, 80, 97.5);
        assertThat(Saturation.levels(50)).containsExactly(50);
    }
}
