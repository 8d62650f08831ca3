package dev.berth.planner.replay;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;

/** The {@link UpperBound} of what has arrived at each level of the saturating experiment. */
final class UpperBounds {
    /** Seeds that the bound is taken of; it differs by a tenth of a per cent between them. */
    static final int SEEDS = 2;

    /** Below this load everything that arrives can be allocated, or so nearly that the bound says nothing. */
    private static final double TRIVIAL_PERCENT = 90;

    private UpperBounds() {}

    /** Mean over the first few seeds, in per cent of the capacity, at each level. */
    static double[] percent(Trace trace, double load, double[] levels, long[] seeds, Parallel parallel) {
        List<Callable<double[]>> work = new ArrayList<>();
        for (long seed : Arrays.copyOf(seeds, Math.min(SEEDS, seeds.length))) {
            work.add(() -> ofSeed(trace, Arrivals.saturating(trace, load, seed), levels));
        }
        double[] mean = new double[levels.length];
        for (double[] bounds : parallel.run("bounding what can be allocated", work)) {
            for (int level = 0; level < mean.length; level++) {
                mean[level] += bounds[level] / work.size();
            }
        }
        return mean;
    }

    static double[] ofSeed(Trace trace, int[] arrivals, double[] levels) {
        UpperBound bound = new UpperBound(trace);
        int[] copies = new int[trace.classes().size()];
        double[] percent = new double[levels.length];
        long arrivedMilli = 0;
        int next = 0;
        for (int level = 0; level < levels.length; level++) {
            double most = trace.capacityMilli() * levels[level] / 100;
            while (next < arrivals.length && arrivedMilli + trace.gpuMilli(arrivals[next]) <= most) {
                arrivedMilli += trace.gpuMilli(arrivals[next]);
                copies[arrivals[next++]]++;
            }
            double gpus = arrivedMilli / 1000.0;
            if (levels[level] >= TRIVIAL_PERCENT) {
                gpus = Math.min(gpus, bound.gpus(copies));
            }
            percent[level] = 100 * gpus / trace.cluster().gpuCount();
        }
        return percent;
    }
}
