package dev.berth.planner.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class LifetimesTest {
    private static final int DRAWS = 400_000;

    @Test
    void meansAreAsDefined() {
        assertThat(Lifetimes.CORRELATED.mean(0)).isEqualTo(0.7);
        assertThat(Lifetimes.CORRELATED.mean(1)).isEqualTo(1);
        assertThat(Lifetimes.CORRELATED.mean(4)).isEqualTo(2);
        assertThat(Lifetimes.EXP.mean(8)).isEqualTo(1);
        assertThat(Lifetimes.LOGNORMAL.mean(8)).isEqualTo(1);
    }

    @Test
    void exponentialDrawsHaveTheirMeanAndAreMemoryless() {
        SplittableRandom random = new SplittableRandom(1);
        assertThat(mean(() -> Lifetimes.EXP.draw(1, random))).isCloseTo(1, within(0.01));
        assertThat(mean(() -> Lifetimes.EXP.drawResidual(1, random))).isCloseTo(1, within(0.01));
    }

    @Test
    void lognormalDrawsHaveTheirMedian() {
        SplittableRandom random = new SplittableRandom(2);
        double[] draws = DoubleStream.generate(() -> Lifetimes.CORRELATED.draw(4, random))
                .limit(DRAWS)
                .sorted()
                .toArray();
        // mean 2, sigma 2: the median is 2 * exp(-2); the mean itself converges too slowly to be seen
        assertThat(draws[DRAWS / 2]).isCloseTo(2 * Math.exp(-2), within(0.005));
    }

    /** A residual is longer than x as often as the mean of the part above x says: P(R > x) = E[max(0, L - x)] / E[L]. */
    @Test
    void residualsAreThoseOfTheEquilibrium() {
        SplittableRandom random = new SplittableRandom(3);
        double x = 0.5;
        double above = mean(() -> Math.min(x, Lifetimes.LOGNORMAL.draw(1, random)));
        double longer = mean(() -> Lifetimes.LOGNORMAL.drawResidual(1, random) > x ? 1 : 0);
        // E[max(0, L - x)] = 1 - E[min(L, x)], which converges quickly
        assertThat(longer).isCloseTo(1 - above, within(0.005));
    }

    private static double mean(java.util.function.DoubleSupplier draw) {
        return DoubleStream.generate(draw).limit(DRAWS).average().orElseThrow();
    }
}
