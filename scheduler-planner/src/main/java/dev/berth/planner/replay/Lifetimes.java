package dev.berth.planner.replay;

import java.util.Locale;
import java.util.SplittableRandom;

/** How long tasks run in the steady-state experiment. The unit of time is free: most tasks run 1 on average. */
enum Lifetimes {
    /** Exponential, mean 1. */
    EXP(false, false),
    /** Lognormal with sigma 2, mean 1: half of the work is in tasks that run more than seven times the mean. */
    LOGNORMAL(true, false),
    /** Lognormal with sigma 2 and mean sqrt(GPUs), 0.7 for tasks without GPUs: large tasks run longer. */
    CORRELATED(true, true);

    private static final double SIGMA = 2;

    private final boolean lognormal;
    private final boolean correlated;

    Lifetimes(boolean lognormal, boolean correlated) {
        this.lognormal = lognormal;
        this.correlated = correlated;
    }

    /** Mean lifetime of tasks with this many GPUs. */
    double mean(int gpus) {
        if (!correlated) {
            return 1;
        }
        return gpus == 0 ? 0.7 : Math.sqrt(gpus);
    }

    /** A lifetime. */
    double draw(int gpus, SplittableRandom random) {
        double unit = lognormal
                ? Math.exp(SIGMA * random.nextGaussian() - SIGMA * SIGMA / 2)
                : -Math.log1p(-random.nextDouble());
        return mean(gpus) * unit;
    }

    /**
     * What is left of the lifetime of a task that is found running at a random moment: a uniform part of a lifetime that
     * counts by its length, which for the exponential is the lifetime again, and for the lognormal has its logarithm's mean
     * moved by sigma squared.
     */
    double drawResidual(int gpus, SplittableRandom random) {
        if (!lognormal) {
            return draw(gpus, random);
        }
        double byLength = Math.exp(SIGMA * random.nextGaussian() + SIGMA * SIGMA / 2);
        return mean(gpus) * byLength * random.nextDouble();
    }

    /** The name by which users choose it. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
