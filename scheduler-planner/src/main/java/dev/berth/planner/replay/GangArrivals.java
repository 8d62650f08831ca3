package dev.berth.planner.replay;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** How often which jobs come in a gang replay: by their share of the GPU demand, so that it adds up to a load. Immutable. */
final class GangArrivals {
    private final double[] rateUpTo;
    private final double[] runningUpTo;

    /**
     * Arrivals.
     *
     * @param demandGpus GPU demand to keep up, in GPUs: load times capacity
     */
    GangArrivals(List<GangJob> jobs, Lifetimes lifetimes, double demandGpus) {
        rateUpTo = new double[jobs.size()];
        runningUpTo = new double[jobs.size()];
        double rate = 0;
        double running = 0;
        for (int kind = 0; kind < rateUpTo.length; kind++) {
            GangJob job = jobs.get(kind);
            double ofKind = demandGpus * job.demandShare() / job.gpus();
            running += ofKind;
            rate += ofKind / lifetimes.mean(job.gpus());
            runningUpTo[kind] = running;
            rateUpTo[kind] = rate;
        }
    }

    /** Mean lifetime of the jobs that come. */
    double meanLifetime() {
        return running() / rateUpTo[rateUpTo.length - 1];
    }

    /** Jobs that run at a time in a cluster without limits, on average. */
    double running() {
        return runningUpTo[runningUpTo.length - 1];
    }

    /** Time until the next job. */
    double interval(SplittableRandom random) {
        return -Math.log1p(-random.nextDouble()) / rateUpTo[rateUpTo.length - 1];
    }

    /** Kind of a job that comes. */
    int arriving(SplittableRandom random) {
        return draw(rateUpTo, random);
    }

    /** Kind of a job that is found running in a cluster without limits. */
    int found(SplittableRandom random) {
        return draw(runningUpTo, random);
    }

    private static int draw(double[] upTo, SplittableRandom random) {
        int at = Arrays.binarySearch(upTo, random.nextDouble() * upTo[upTo.length - 1]);
        return Math.min(upTo.length - 1, at < 0 ? -at - 1 : at + 1);
    }
}
