package dev.berth.planner.replay;

import dev.berth.placement.Fragmentation;
import dev.berth.placement.Policy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.LongFunction;
import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;

/**
 * The saturating experiment over several policies and seeds, and its figures.
 *
 * @param rows a row for each policy and level, policies in the order asked for and levels ascending
 * @param curves for each policy, what it had allocated at each whole per cent arrived
 */
record Saturation(List<Row> rows, List<Curve> curves) {
    /** Levels that are always reported, in per cent of the GPU capacity arrived. */
    private static final double[] LEVELS = {60, 80, 100, 130};

    /**
     * One policy at one level. Per cent are of the GPU capacity, unless said.
     *
     * @param policy its name
     * @param load GPU demand arrived, in per cent of the capacity
     * @param allocatedPercentMean mean over the seeds of the GPU milli allocated
     * @param allocatedPercentSd standard deviation of the same (with n - 1)
     * @param boundPercent no scheduler can allocate more: {@link UpperBounds}, mean over the first seeds; null when left out
     * @param shareOfBoundPercent what was allocated, in per cent of the bound
     * @param cpuOnlyFailed tasks without GPUs that had not fitted, mean per run
     * @param gpuFailed tasks with GPUs that had not fitted, mean per run
     * @param fragmentationPercent idle GPU milli that the mean typical task could not use
     * @param microsPerDecision mean time of a decision over the whole runs, rebuilds left out
     * @param rebuilds rebuilds of learnt tables, mean per run
     * @param microsPerRebuild mean time of one
     * @param perSeed the seeds
     */
    record Row(
            String policy,
            double load,
            double allocatedPercentMean,
            double allocatedPercentSd,
            @Nullable Double boundPercent,
            @Nullable Double shareOfBoundPercent,
            double cpuOnlyFailed,
            double gpuFailed,
            double fragmentationPercent,
            double microsPerDecision,
            double rebuilds,
            double microsPerRebuild,
            List<Seed> perSeed) {}

    /**
     * One seed at one level.
     *
     * @param seed the seed
     * @param allocatedPercent GPU milli allocated, in per cent of the capacity
     * @param cpuOnlyFailed tasks without GPUs that had not fitted
     */
    record Seed(long seed, double allocatedPercent, int cpuOnlyFailed) {}

    /**
     * Mean over the seeds.
     *
     * @param policy its name
     * @param arrivedPercent GPU demand arrived
     * @param allocatedPercent GPU milli allocated at each
     */
    record Curve(String policy, List<Double> arrivedPercent, List<Double> allocatedPercent) {}

    /**
     * A policy under the name that it is reported by.
     *
     * @param name the name
     * @param ofSeed the policy for a seed
     */
    record Contender(String name, LongFunction<Policy> ofSeed) {}

    /** Runs every contender on every seed. */
    static Saturation of(
            Trace trace, List<Contender> contenders, double load, long[] seeds, Parallel parallel, boolean bounds) {
        double[] levels = levels(load);
        double[] percents = percents(load);
        Fragmentation fragmentation = Fragmentation.of(trace.cluster(), trace.typical());
        List<Callable<SaturatingRun>> work = new ArrayList<>();
        for (Contender contender : contenders) {
            for (long seed : seeds) {
                work.add(() -> SaturatingRun.of(
                        trace,
                        Arrivals.saturating(trace, load, seed),
                        percents,
                        contender.ofSeed().apply(seed),
                        seed,
                        fragmentation));
            }
        }
        List<SaturatingRun> runs = parallel.run("replaying " + work.size() + " runs", work);
        double[] bound = bounds ? UpperBounds.percent(trace, load, levels, seeds, parallel) : new double[0];
        List<Row> rows = new ArrayList<>();
        List<Curve> curves = new ArrayList<>();
        for (int c = 0; c < contenders.size(); c++) {
            List<SaturatingRun> own = runs.subList(c * seeds.length, (c + 1) * seeds.length);
            String name = contenders.get(c).name();
            for (int level = 0; level < levels.length; level++) {
                Double least = bounds ? (Double) bound[level] : null;
                rows.add(row(trace, name, own, Arrays.binarySearch(percents, levels[level]), least));
            }
            List<Double> allocated = new ArrayList<>();
            for (int at = 0; at < percents.length; at++) {
                allocated.add(allocated(trace, own, at).mean());
            }
            curves.add(new Curve(name, Arrays.stream(percents).boxed().toList(), allocated));
        }
        return new Saturation(rows, curves);
    }

    /** The levels to report when arrivals stop at a load: the usual ones below it, and itself. */
    static double[] levels(double load) {
        return DoubleStream.concat(Arrays.stream(LEVELS).filter(level -> level < load), DoubleStream.of(load))
                .toArray();
    }

    private static double[] percents(double load) {
        return DoubleStream.concat(
                        DoubleStream.iterate(1, percent -> percent < load, percent -> percent + 1),
                        DoubleStream.of(load))
                .toArray();
    }

    private static Sample allocated(Trace trace, List<SaturatingRun> runs, int at) {
        return Sample.of(runs, run -> percent(trace, (double) run.allocatedMilli(at)));
    }

    private static double percent(Trace trace, double milli) {
        return 100 * milli / trace.capacityMilli();
    }

    private static Row row(Trace trace, String policy, List<SaturatingRun> runs, int at, @Nullable Double bound) {
        Sample allocated = allocated(trace, runs, at);
        return new Row(
                policy,
                runs.get(0).loads()[at],
                allocated.mean(),
                allocated.sd(),
                bound,
                bound == null ? null : (Double) (100 * allocated.mean() / bound),
                Sample.of(runs, run -> run.cpuOnlyFailed(at)).mean(),
                Sample.of(runs, run -> run.gpuFailed(at)).mean(),
                Sample.of(runs, run -> percent(trace, run.fragmentedMilli(at))).mean(),
                Sample.of(runs, SaturatingRun::microsPerDecision).mean(),
                Sample.of(runs, run -> (double) run.rebuilds()).mean(),
                Sample.of(runs, SaturatingRun::microsPerRebuild).mean(),
                runs.stream()
                        .map(run -> new Seed(
                                run.seed(), percent(trace, (double) run.allocatedMilli(at)), run.cpuOnlyFailed(at)))
                        .toList());
    }
}
