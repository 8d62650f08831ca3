package dev.berth.planner.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.berth.placement.Policies;
import dev.berth.placement.Request;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChurnRunTest {

    /** One-GPU tasks on one-GPU nodes are Erlang's loss system: what is lost is B(servers, offered). */
    @Test
    void oneGpuTasksLoseWhatErlangSays() {
        Trace trace = new Trace(SmallTraces.nodes("A", 50, 1), SmallTraces.pods(1, Request.gpus(1, 1_000, 1)));
        double lost = 0;
        int seeds = 60;
        for (int seed = 0; seed < seeds; seed++) {
            lost += ChurnRun.of(trace, Policies.byName("first-fit"), 100, Lifetimes.EXP, seed)
                    .gpuDemandLostPercent();
        }
        // The standard error is about 0.4: sixty seeds of 300 arrivals, of which neighbours share their fate.
        assertThat(lost / seeds).isCloseTo(100 * erlangB(50, 50), within(1.2));
    }

    private static double erlangB(int servers, double offered) {
        double b = 1;
        for (int n = 1; n <= servers; n++) {
            b = offered * b / (n + offered * b);
        }
        return b;
    }

    @Test
    void aLightLoadLosesNothingAndIsAllAllocated() {
        Trace trace = SmallTraces.mixed();
        ChurnRun.Figures figures = ChurnRun.of(trace, Policies.byName("berth"), 30, Lifetimes.EXP, 7);
        assertThat(figures.gpuDemandLostPercent()).isZero();
        assertThat(figures.eightGpuRefusedPercent()).isZero();
        assertThat(figures.cpuOnlyLostPercent()).isZero();
        assertThat(figures.allocatedPercent()).isCloseTo(30, within(10.0));
        assertThat(figures.realisedLoadPercent()).isCloseTo(30, within(10.0));
        assertThat(figures.emptyEightGpuNodesMean()).isBetween(5.0, 20.0);
    }

    @Test
    void policiesOfASeedMeetTheSameTasks() {
        Trace trace = SmallTraces.mixed();
        List<ChurnRun.Figures> figures = new ArrayList<>();
        for (String policy : List.of("first-fit", "best-fit", "fgd", "berth")) {
            figures.add(ChurnRun.of(trace, Policies.byName(policy), 110, Lifetimes.LOGNORMAL, 3));
        }
        for (ChurnRun.Figures one : figures) {
            assertThat(one.arrivals()).isEqualTo(figures.get(0).arrivals());
            assertThat(one.realisedLoadPercent()).isEqualTo(figures.get(0).realisedLoadPercent());
            assertThat(one.gpuDemandLostPercent()).isPositive();
        }
    }

    @Test
    void aSeedRepeatsItself() {
        Trace trace = SmallTraces.mixed();
        ChurnRun.Figures once = ChurnRun.of(trace, Policies.byName("berth"), 100, Lifetimes.EXP, 5);
        assertThat(ChurnRun.of(trace, Policies.byName("berth"), 100, Lifetimes.EXP, 5))
                .isEqualTo(once);
    }

    @Test
    void whatNeverArrivesIsNotCounted() {
        Trace trace = new Trace(SmallTraces.nodes("A", 5, 8), SmallTraces.pods(1, Request.gpus(1, 1_000, 1)));
        ChurnRun.Figures figures = ChurnRun.of(trace, Policies.byName("first-fit"), 50, Lifetimes.EXP, 1);
        assertThat(figures.eightGpuRefusedPercent()).isNaN();
        assertThat(figures.cpuOnlyLostPercent()).isNaN();
    }
}
