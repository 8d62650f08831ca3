package dev.berth.planner.replay;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.util.SplittableRandom;

/**
 * The order of arrival of the saturating experiment of the FGD paper (Weng et al., USENIX ATC 2023) as its artefact makes
 * it: the list once, shuffled, and then tasks drawn from it with replacement for as long as the GPU demand stays within a
 * target; from a list that asks for more than the target, random tasks are taken out instead.
 */
final class Arrivals {
    /** Target of the published runs, in per cent of the GPU capacity. */
    static final double PUBLISHED_TARGET_PERCENT = 130;

    private Arrivals() {}

    /**
     * Classes in order of arrival. A target below the published one gives the beginning of the published sequence, so that
     * levels mean the same wherever arrivals stop.
     *
     * @param targetPercent GPU demand at which arrivals stop, in per cent of the GPU capacity, above 0
     */
    static int[] saturating(Trace trace, double targetPercent, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        double target = trace.capacityMilli() * Math.max(targetPercent, PUBLISHED_TARGET_PERCENT) / 100;
        IntArrayList arrivals = IntArrayList.wrap(trace.tasks());
        long demandMilli = 0;
        for (int ofClass : trace.tasks()) {
            demandMilli += trace.gpuMilli(ofClass);
        }
        while (demandMilli > target) {
            int out = random.nextInt(arrivals.size());
            demandMilli -= trace.gpuMilli(arrivals.getInt(out));
            arrivals.set(out, arrivals.getInt(arrivals.size() - 1));
            arrivals.size(arrivals.size() - 1);
        }
        for (int i = arrivals.size() - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int swapped = arrivals.getInt(i);
            arrivals.set(i, arrivals.getInt(j));
            arrivals.set(j, swapped);
        }
        boolean grows = arrivals.size() == trace.size() && trace.hasGpuDemand();
        while (grows) {
            int drawn = trace.classOf(random.nextInt(trace.size()));
            // The artefact adds what is asked of one GPU, not of all, when it tests for the end. Kept, to be
            // comparable.
            grows = demandMilli + Math.min(1000, trace.gpuMilli(drawn)) <= target;
            if (grows) {
                demandMilli += trace.gpuMilli(drawn);
                arrivals.add(drawn);
            }
        }
        return upTo(trace, arrivals, targetPercent);
    }

    private static int[] upTo(Trace trace, IntArrayList arrivals, double targetPercent) {
        if (targetPercent >= PUBLISHED_TARGET_PERCENT) {
            return arrivals.toIntArray();
        }
        double most = trace.capacityMilli() * targetPercent / 100;
        long demandMilli = 0;
        int size = 0;
        while (size < arrivals.size()) {
            demandMilli += trace.gpuMilli(arrivals.getInt(size));
            if (demandMilli > most) {
                break;
            }
            size++;
        }
        return arrivals.subList(0, size).toIntArray();
    }
}
