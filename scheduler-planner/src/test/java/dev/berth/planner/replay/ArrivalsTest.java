package dev.berth.planner.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.placement.Request;
import java.util.Arrays;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;

class ArrivalsTest {
    private final Trace trace = SmallTraces.mixed();

    @Property(tries = 50)
    void aLowerTargetIsThePublishedSequenceCutShort(
            @ForAll long seed, @ForAll @DoubleRange(min = 1, max = 130) double target) {
        int[] whole = Arrivals.saturating(trace, 130, seed);
        int[] part = Arrivals.saturating(trace, target, seed);
        assertThat(part).isEqualTo(Arrays.copyOf(whole, part.length));
        if (target < 130) { // the published sequence itself ends up to one task later
            assertThat(demand(trace, part)).isLessThanOrEqualTo(trace.capacityMilli() * target / 100);
        }
        if (part.length < whole.length && target < 130) {
            int[] more = Arrays.copyOf(whole, part.length + 1);
            assertThat(demand(trace, more)).isGreaterThan(trace.capacityMilli() * target / 100);
        }
    }

    @Property(tries = 20)
    void aShortListComesWholeAndIsThenDrawnFrom(@ForAll long seed) {
        Trace few = new Trace(SmallTraces.nodes("A", 10, 8), SmallTraces.pods(10, Request.share(500, 1_000, 1)));
        int[] arrivals = Arrivals.saturating(few, 130, seed);
        assertThat(arrivals).hasSize(2 * 80 * 13 / 10);
    }

    @Property(tries = 50)
    void theStopTestAddsWhatIsAskedOfOneGpu(@ForAll long seed) {
        Trace eights = new Trace(SmallTraces.nodes("A", 10, 8), SmallTraces.pods(3, Request.gpus(8, 1_000, 1)));
        // 13 tasks are 104 GPUs, the target exactly. With the quirk a 13th still comes at 96 + 1, and no 14th at 104 +
        // 1.
        assertThat(Arrivals.saturating(eights, 130, seed)).hasSize(13);
        Trace odd = new Trace(SmallTraces.nodes("A", 9, 8), SmallTraces.pods(3, Request.gpus(8, 1_000, 1)));
        // The target is 93.6: 11 tasks are 88, and 88 + 1 is within it, so a 12th comes, to 96.
        assertThat(Arrivals.saturating(odd, 130, seed)).hasSize(12);
    }

    @Property(tries = 20)
    void aLongListLosesTasks(@ForAll long seed) {
        int[] arrivals = Arrivals.saturating(trace, 130, seed);
        int[] all = trace.tasks();
        long target = trace.capacityMilli() * 130 / 100;
        if (demand(trace, all) > target) {
            assertThat(arrivals.length).isLessThan(all.length);
            assertThat(demand(trace, arrivals)).isBetween((double) target - 8_000, (double) target);
        }
    }

    @Example
    void aSeedRepeatsItself() {
        assertThat(Arrivals.saturating(trace, 130, 1)).isEqualTo(Arrivals.saturating(trace, 130, 1));
        assertThat(Arrivals.saturating(trace, 130, 1)).isNotEqualTo(Arrivals.saturating(trace, 130, 2));
    }

    @Example
    void aListWithoutGpuDemandEnds() {
        Trace cpu = new Trace(SmallTraces.nodes("A", 1, 8), SmallTraces.pods(5, Request.cpuOnly(1, 1)));
        assertThat(Arrivals.saturating(cpu, 130, 1)).hasSize(5);
    }

    private static double demand(Trace trace, int[] arrivals) {
        double sum = 0;
        for (int ofClass : arrivals) {
            sum += trace.gpuMilli(ofClass);
        }
        return sum;
    }
}
