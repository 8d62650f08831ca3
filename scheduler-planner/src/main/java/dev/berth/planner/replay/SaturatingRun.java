package dev.berth.planner.replay;

import dev.berth.ledger.Ledger;
import dev.berth.placement.Demand;
import dev.berth.placement.Fragmentation;
import dev.berth.placement.Plan;
import dev.berth.placement.Planner;
import dev.berth.placement.Policy;

/**
 * One policy, one seed: tasks arrive one by one and stay; what does not fit when it arrives is lost. The horizontal axis is
 * the GPU demand that has arrived, placed or not.
 */
final class SaturatingRun {
    private final long seed;
    private final double[] loads;
    private final long[] allocatedMilli;
    private final int[] cpuOnlyFailed;
    private final int[] gpuFailed;
    private final double[] fragmentedMilli;
    private long decisions;
    private long decisionNanos;
    private long rebuilds;
    private long rebuildNanos;

    private SaturatingRun(long seed, double[] loads) {
        this.seed = seed;
        this.loads = loads;
        allocatedMilli = new long[loads.length];
        cpuOnlyFailed = new int[loads.length];
        gpuFailed = new int[loads.length];
        fragmentedMilli = new double[loads.length];
    }

    /**
     * Runs to the end of the arrivals.
     *
     * @param arrivals classes of the trace in order of arrival
     * @param loads arrived GPU demand at which to take the figures, ascending, in per cent of the capacity: of the moment
     *     before the arrival that exceeds it
     * @param seed of the fixed order of the nodes
     */
    static SaturatingRun of(
            Trace trace, int[] arrivals, double[] loads, Policy policy, long seed, Fragmentation fragmentation) {
        SaturatingRun run = new SaturatingRun(seed, loads);
        Ledger ledger = Ledger.of(trace.cluster());
        Planner planner = new Planner(ledger, policy, seed);
        Demand[] demands = trace.classes().stream().map(planner::demand).toArray(Demand[]::new);
        Plan plan = new Plan();
        long arrivedMilli = 0;
        long allocatedMilli = 0;
        int cpuOnlyFailed = 0;
        int gpuFailed = 0;
        int at = 0;
        for (int ofClass : arrivals) {
            arrivedMilli += trace.gpuMilli(ofClass);
            while (at < loads.length && arrivedMilli > trace.capacityMilli() * loads[at] / 100) {
                run.take(at++, allocatedMilli, cpuOnlyFailed, gpuFailed, fragmentation.ofCluster(planner.view()));
            }
            long begin = System.nanoTime();
            boolean placed = place(planner, demands[ofClass], plan);
            run.decisionNanos += System.nanoTime() - begin;
            if (placed) {
                allocatedMilli += trace.gpuMilli(ofClass);
            } else if (trace.cpuOnly(ofClass)) {
                cpuOnlyFailed++;
            } else {
                gpuFailed++;
            }
        }
        while (at < loads.length) {
            run.take(at++, allocatedMilli, cpuOnlyFailed, gpuFailed, fragmentation.ofCluster(planner.view()));
        }
        run.decisions = arrivals.length;
        run.rebuilds = planner.rebuilds();
        run.rebuildNanos = planner.rebuildNanos();
        run.decisionNanos -= run.rebuildNanos;
        return run;
    }

    private static boolean place(Planner planner, Demand demand, Plan plan) {
        planner.arrived(demand);
        if (!planner.plan(demand, plan)) {
            return false;
        }
        long claim = planner.commit(plan);
        if (claim <= 0) {
            throw new IllegalStateException(
                    "commit of " + demand + " answers " + claim + " although nobody else writes");
        }
        return true;
    }

    private void take(int at, long allocated, int cpuOnly, int gpu, double fragmented) {
        allocatedMilli[at] = allocated;
        cpuOnlyFailed[at] = cpuOnly;
        gpuFailed[at] = gpu;
        fragmentedMilli[at] = fragmented;
    }

    long seed() {
        return seed;
    }

    double[] loads() {
        return loads.clone();
    }

    /** GPU milli allocated at a load of {@link #loads}, by its position. */
    long allocatedMilli(int at) {
        return allocatedMilli[at];
    }

    /** Tasks without GPUs that had not fitted by then. */
    int cpuOnlyFailed(int at) {
        return cpuOnlyFailed[at];
    }

    /** Tasks with GPUs that had not fitted by then. */
    int gpuFailed(int at) {
        return gpuFailed[at];
    }

    /** Idle milli-GPU that the mean typical task could not use. */
    double fragmentedMilli(int at) {
        return fragmentedMilli[at];
    }

    /** Mean time of a decision, commit included and rebuilds of learnt tables left out. */
    double microsPerDecision() {
        return decisions == 0 ? 0 : decisionNanos / 1e3 / decisions;
    }

    long rebuilds() {
        return rebuilds;
    }

    double microsPerRebuild() {
        return rebuilds == 0 ? 0 : rebuildNanos / 1e3 / rebuilds;
    }
}
