package dev.berth.planner.replay;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** The experiment of {@link GangRun} over several placers, loads and seeds. */
final class GangChurn {
    private GangChurn() {}

    /**
     * One placer at one load: means over the seeds. The figures are explained with {@link GangRun.Figures}.
     *
     * @param policy its name
     * @param load offered GPU load, in per cent of the capacity
     * @param lifetimes name of the distribution
     * @param utilisationSd standard deviation of the utilisation over the seeds
     * @param gangsPlaced gangs placed in all seeds together
     * @param perSeed the seeds
     */
    record Row(
            String policy,
            double load,
            String lifetimes,
            double realisedLoadPercent,
            double utilisationPercent,
            double utilisationSd,
            double gpuDemandLostPercent,
            long gangsPlaced,
            @Nullable Double gangsAtLowestFreeTierPercent,
            @Nullable Double gangGpusAtLowestFreeTierPercent,
            @Nullable Double meanExtraTiers,
            @Nullable Double gangGpusMeanExtraTiers,
            @Nullable Double gangsRefusedPercent,
            double refusedWithFreeCapacity,
            double refusedWithFreeCapacityPercent,
            double refusedThatFit,
            double islandsBroken,
            List<GangRun.Figures> perSeed) {}

    /**
     * Runs every placer on every load and seed; rows by placer, then load.
     *
     * @param makers by name
     * @param setting the load in it is overwritten
     */
    static List<Row> of(
            GangRun.Setting setting,
            Map<String, GangRun.Maker> makers,
            double[] loads,
            long[] seeds,
            Parallel parallel) {
        List<Callable<GangRun.Figures>> work = new ArrayList<>();
        for (GangRun.Maker maker : makers.values()) {
            for (double load : loads) {
                for (long seed : seeds) {
                    work.add(() -> GangRun.of(setting.at(load), maker, seed));
                }
            }
        }
        List<GangRun.Figures> figures = parallel.run("replaying gangs in " + work.size() + " runs", work);
        List<Row> rows = new ArrayList<>();
        for (String name : makers.keySet()) {
            for (double load : loads) {
                int from = rows.size() * seeds.length;
                rows.add(row(name, setting.at(load), figures.subList(from, from + seeds.length)));
            }
        }
        return rows;
    }

    private static Row row(String policy, GangRun.Setting setting, List<GangRun.Figures> runs) {
        Sample utilisation = Sample.of(runs, GangRun.Figures::utilisationPercent);
        return new Row(
                policy,
                setting.loadPercent(),
                setting.lifetimes().label(),
                Sample.of(runs, GangRun.Figures::realisedLoadPercent).mean(),
                utilisation.mean(),
                utilisation.sd(),
                Sample.of(runs, GangRun.Figures::gpuDemandLostPercent).mean(),
                runs.stream().mapToLong(GangRun.Figures::gangsPlaced).sum(),
                known(Sample.of(runs, GangRun.Figures::gangsAtLowestFreeTierPercent)),
                known(Sample.of(runs, GangRun.Figures::gangGpusAtLowestFreeTierPercent)),
                known(Sample.of(runs, GangRun.Figures::meanExtraTiers)),
                known(Sample.of(runs, GangRun.Figures::gangGpusMeanExtraTiers)),
                known(Sample.of(runs, GangRun.Figures::gangsRefusedPercent)),
                Sample.of(runs, GangRun.Figures::refusedWithFreeCapacity).mean(),
                Sample.of(runs, GangRun.Figures::refusedWithFreeCapacityPercent).mean(),
                Sample.of(runs, GangRun.Figures::refusedThatFit).mean(),
                Sample.of(runs, GangRun.Figures::islandsBroken).mean(),
                runs);
    }

    private static @Nullable Double known(Sample sample) {
        return Double.isNaN(sample.mean()) ? null : (Double) sample.mean();
    }
}
