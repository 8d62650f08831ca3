package dev.berth.planner.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.berth.cluster.Cluster;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GangRunTest {
    private final Cluster cluster = SmallFabrics.tree(2, 2, 4);

    static List<String> names() {
        return GangPolicies.NAMES;
    }

    private GangRun.Figures run(String name, double loadPercent, long seed) {
        Map<String, GangRun.Maker> makers = GangPolicies.of(List.of(name), Ladder.of(cluster));
        return GangRun.of(SmallFabrics.setting(cluster, loadPercent), Objects.requireNonNull(makers.get(name)), seed);
    }

    @Test
    void policiesOfASeedMeetTheSameJobs() {
        List<GangRun.Figures> figures = new ArrayList<>();
        GangPolicies.NAMES.forEach(name -> figures.add(run(name, 95, 3)));
        for (GangRun.Figures one : figures) {
            assertThat(one.arrivals()).isEqualTo(figures.get(0).arrivals());
            assertThat(one.gangs()).isEqualTo(figures.get(0).gangs()).isPositive();
            assertThat(one.realisedLoadPercent()).isEqualTo(figures.get(0).realisedLoadPercent());
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void aSeedRepeatsItself(String name) {
        assertThat(run(name, 95, 5)).isEqualTo(run(name, 95, 5));
    }

    @ParameterizedTest
    @MethodSource("names")
    void aLightLoadIsAllPlaced(String name) {
        GangRun.Figures figures = run(name, 5, 1);
        assertThat(figures.gpuDemandLostPercent()).isCloseTo(0, within(1.0));
        assertThat(figures.utilisationPercent()).isCloseTo(figures.realisedLoadPercent(), within(1.0));
        assertThat(figures.refusedThatFit()).isZero();
    }

    @ParameterizedTest
    @MethodSource("names")
    void figuresAgreeWithEachOther(String name) {
        GangRun.Figures figures = run(name, 110, 2);
        assertThat(figures.gangsPlaced()).isBetween(1L, figures.gangs());
        assertThat(figures.gangsRefusedPercent())
                .isCloseTo(100.0 * (figures.gangs() - figures.gangsPlaced()) / figures.gangs(), within(1e-9));
        assertThat(figures.refusedThatFit()).isLessThanOrEqualTo(figures.refusedWithFreeCapacity());
        assertThat(figures.refusedWithFreeCapacityPercent()).isBetween(0.0, figures.gpuDemandLostPercent());
        assertThat(figures.utilisationPercent()).isBetween(10.0, 100.0);
        assertThat(figures.gangsAtLowestFreeTierPercent() == 100).isEqualTo(figures.meanExtraTiers() == 0);
    }
}
