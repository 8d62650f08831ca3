package dev.berth.planner.replay;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** The steady-state experiment of {@link ChurnRun} over several policies, loads and seeds. */
final class Churn {
    /** Load of the steady state that stands beside a saturation. */
    static final double BESIDE_LOAD = 95;
    /** Seeds of it: enough to see the large differences. */
    static final int BESIDE_SEEDS = 3;

    private Churn() {}

    /**
     * One policy at one load: means over the seeds.
     *
     * @param policy its name
     * @param load offered GPU load, in per cent of the capacity
     * @param lifetimes name of the distribution
     * @param realisedLoadPercent what was offered by the tasks drawn
     * @param gpuDemandLostPercent GPU demand refused, in per cent of that offered
     * @param gpuDemandLostSd standard deviation of the same over the seeds
     * @param eightGpuRefusedPercent tasks of 8 GPUs refused, in per cent of them; null when there are none
     * @param cpuOnlyLostPercent tasks without GPUs refused, in per cent of them; null when there are none
     * @param emptyEightGpuNodesMean nodes of 8 GPUs without GPU work, on average over the time
     * @param allocatedPercent GPU milli allocated, on average over the time, in per cent of the capacity
     * @param perSeed the seeds
     */
    record Row(
            String policy,
            double load,
            String lifetimes,
            double realisedLoadPercent,
            double gpuDemandLostPercent,
            double gpuDemandLostSd,
            @Nullable Double eightGpuRefusedPercent,
            @Nullable Double cpuOnlyLostPercent,
            double emptyEightGpuNodesMean,
            double allocatedPercent,
            List<Seed> perSeed) {}

    /**
     * One seed; the fields are those of {@link Row}.
     *
     * @param seed the seed
     */
    record Seed(
            long seed,
            double realisedLoadPercent,
            double gpuDemandLostPercent,
            @Nullable Double eightGpuRefusedPercent,
            @Nullable Double cpuOnlyLostPercent,
            double emptyEightGpuNodesMean) {}

    /** Runs every contender on every load and seed; rows by policy, then load. */
    static List<Row> of(
            Trace trace,
            List<Saturation.Contender> contenders,
            double[] loads,
            Lifetimes lifetimes,
            long[] seeds,
            Parallel parallel) {
        List<Callable<ChurnRun.Figures>> work = new ArrayList<>();
        for (Saturation.Contender contender : contenders) {
            for (double load : loads) {
                for (long seed : seeds) {
                    work.add(() -> ChurnRun.of(trace, contender.ofSeed().apply(seed), load, lifetimes, seed));
                }
            }
        }
        List<ChurnRun.Figures> figures = parallel.run("replaying " + work.size() + " runs in steady state", work);
        List<Row> rows = new ArrayList<>();
        for (Saturation.Contender contender : contenders) {
            for (double load : loads) {
                int from = rows.size() * seeds.length;
                rows.add(row(contender.name(), load, lifetimes, figures.subList(from, from + seeds.length)));
            }
        }
        return rows;
    }

    private static Row row(String policy, double load, Lifetimes lifetimes, List<ChurnRun.Figures> runs) {
        Sample lost = Sample.of(runs, ChurnRun.Figures::gpuDemandLostPercent);
        return new Row(
                policy,
                load,
                lifetimes.label(),
                Sample.of(runs, ChurnRun.Figures::realisedLoadPercent).mean(),
                lost.mean(),
                lost.sd(),
                known(Sample.of(runs, ChurnRun.Figures::eightGpuRefusedPercent).mean()),
                known(Sample.of(runs, ChurnRun.Figures::cpuOnlyLostPercent).mean()),
                Sample.of(runs, ChurnRun.Figures::emptyEightGpuNodesMean).mean(),
                Sample.of(runs, ChurnRun.Figures::allocatedPercent).mean(),
                runs.stream()
                        .map(run -> new Seed(
                                run.seed(),
                                run.realisedLoadPercent(),
                                run.gpuDemandLostPercent(),
                                known(run.eightGpuRefusedPercent()),
                                known(run.cpuOnlyLostPercent()),
                                run.emptyEightGpuNodesMean()))
                        .toList());
    }

    private static @Nullable Double known(double value) {
        return Double.isNaN(value) ? null : (Double) value;
    }
}
