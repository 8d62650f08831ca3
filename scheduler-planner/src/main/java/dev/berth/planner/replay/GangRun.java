package dev.berth.planner.replay;

import dev.berth.cluster.Cluster;
import dev.berth.ledger.ClaimSpec;
import dev.berth.ledger.Ledger;
import dev.berth.ledger.LedgerSnapshot;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * One placer, one seed, one load: a cluster in steady state to which gangs and small jobs come. As in {@link ChurnRun}, jobs
 * arrive as a Poisson stream and what does not fit when it arrives is lost; the start is the equilibrium of a cluster without
 * limits, {@value ChurnRun#WARM_UP} mean lifetimes are discarded, and {@value #MEASURED} are measured, because large gangs are
 * few. Jobs and lifetimes are drawn before the placer is asked, so all placers of a seed meet the same.
 */
final class GangRun {
    /** Mean lifetimes measured. */
    static final int MEASURED = 40;

    private final Setting setting;
    private final GangArrivals arrivals;
    private final double capacityGpus;
    private final SplittableRandom random;
    private final Ledger ledger;
    private final GangPlacer placer;
    private final FreeTiers freeTiers;
    private final IslandCheck islands;
    private final PriorityQueue<Departure> departures = new PriorityQueue<>();
    private final ClaimSpec claim = new ClaimSpec();
    private final double measureFrom;
    private final double measureTo;

    private double now;
    private long allocatedGpus;
    private double allocatedTime;
    private double realised;
    private double offered;
    private double lost;
    private double lostWithFree;
    private final Counts counts = new Counts();

    /** What is the same for all placers and seeds. */
    record Setting(
            Cluster cluster,
            Ladder ladder,
            IslandMap islands,
            List<GangJob> jobs,
            double loadPercent,
            Lifetimes lifetimes) {
        /** The same at another load. */
        Setting at(double percent) {
            return new Setting(cluster, ladder, islands, jobs, percent, lifetimes);
        }
    }

    /** Makes a placer for a run. */
    interface Maker {
        GangPlacer on(Ledger ledger, long seed);
    }

    /** What happens at the end of a lifetime. */
    private static final class Departure implements Comparable<Departure> {
        private final double time;
        private final long[] claims;
        private final int gpus;

        Departure(double time, long[] claims, int gpus) {
            this.time = time;
            this.claims = claims;
            this.gpus = gpus;
        }

        @Override
        public int compareTo(Departure other) {
            int byTime = Double.compare(time, other.time);
            return byTime != 0 ? byTime : Long.compare(claims[0], other.claims[0]);
        }
    }

    /** Of the measured arrivals. */
    private static final class Counts {
        long jobs;
        long gangs;
        long gangsPlaced;
        long gangGpusPlaced;
        long atLowest;
        long gpusAtLowest;
        long extraTiers;
        long gpuExtraTiers;
        long refusedWithFree;
        long refusedThatFit;
        long broken;
    }

    /**
     * The figures of a run.
     *
     * @param seed the seed
     * @param arrivals measured arrivals
     * @param gangs gangs among them
     * @param gangsPlaced gangs that were placed
     * @param realisedLoadPercent GPUs times drawn lifetime of the measured arrivals, in per cent of capacity times time
     * @param utilisationPercent time-average of the GPUs held, in per cent of the capacity
     * @param gpuDemandLostPercent GPUs times mean lifetime of the refused jobs, in per cent of that of all
     * @param gangsAtLowestFreeTierPercent gangs in the lowest tier that had room, in per cent of the gangs placed; NaN
     *     when none was
     * @param gangGpusAtLowestFreeTierPercent the same, each gang counted by its GPUs
     * @param meanExtraTiers tiers between the one reached and the lowest that had room, mean of the gangs placed; NaN
     *     when none was
     * @param gangGpusMeanExtraTiers the same, each gang counted by its GPUs
     * @param gangsRefusedPercent gangs refused, in per cent of gangs; NaN when none arrived
     * @param refusedWithFreeCapacity jobs refused although as many GPUs of their model were free
     * @param refusedWithFreeCapacityPercent their GPU demand, in per cent of that of all
     * @param refusedThatFit jobs refused although there was room for all of their tasks
     * @param islandsBroken islands broken without need, as {@link IslandCheck} counts them
     */
    record Figures(
            long seed,
            long arrivals,
            long gangs,
            long gangsPlaced,
            double realisedLoadPercent,
            double utilisationPercent,
            double gpuDemandLostPercent,
            double gangsAtLowestFreeTierPercent,
            double gangGpusAtLowestFreeTierPercent,
            double meanExtraTiers,
            double gangGpusMeanExtraTiers,
            double gangsRefusedPercent,
            long refusedWithFreeCapacity,
            double refusedWithFreeCapacityPercent,
            long refusedThatFit,
            long islandsBroken) {}

    private GangRun(Setting setting, Maker maker, long seed) {
        this.setting = setting;
        random = new SplittableRandom(seed);
        ledger = Ledger.of(setting.cluster());
        placer = maker.on(ledger, seed);
        freeTiers = new FreeTiers(setting.ladder());
        islands = new IslandCheck(setting.cluster(), setting.islands());
        capacityGpus = GangMix.usableGpus(setting.cluster());
        arrivals = new GangArrivals(setting.jobs(), setting.lifetimes(), setting.loadPercent() / 100 * capacityGpus);
        measureFrom = ChurnRun.WARM_UP * arrivals.meanLifetime();
        measureTo = (ChurnRun.WARM_UP + MEASURED) * arrivals.meanLifetime();
    }

    /** Runs it. */
    static Figures of(Setting setting, Maker maker, long seed) {
        return new GangRun(setting, maker, seed).run(seed);
    }

    private Figures run(long seed) {
        long running = Math.round(arrivals.running());
        for (long i = 0; i < running; i++) {
            GangJob job = setting.jobs().get(arrivals.found(random));
            place(job, setting.lifetimes().drawResidual(job.gpus(), random));
        }
        for (double next = arrivals.interval(random); next < measureTo; next += arrivals.interval(random)) {
            departUntil(next);
            passTo(next);
            arrive(setting.jobs().get(arrivals.arriving(random)));
        }
        departUntil(measureTo);
        passTo(measureTo);
        double capacityTime = capacityGpus * (measureTo - measureFrom);
        return new Figures(
                seed,
                counts.jobs,
                counts.gangs,
                counts.gangsPlaced,
                100 * realised / capacityTime,
                100 * allocatedTime / capacityTime,
                100 * lost / offered,
                100.0 * counts.atLowest / counts.gangsPlaced,
                100.0 * counts.gpusAtLowest / counts.gangGpusPlaced,
                (double) counts.extraTiers / counts.gangsPlaced,
                (double) counts.gpuExtraTiers / counts.gangGpusPlaced,
                100.0 * (counts.gangs - counts.gangsPlaced) / counts.gangs,
                counts.refusedWithFree,
                100 * lostWithFree / offered,
                counts.refusedThatFit,
                counts.broken);
    }

    private void arrive(GangJob job) {
        double lifetime = setting.lifetimes().draw(job.gpus(), random);
        if (now < measureFrom) {
            place(job, lifetime);
            return;
        }
        LedgerSnapshot before = ledger.snapshot();
        long[] claims = place(job, lifetime);
        double work = job.gpus() * setting.lifetimes().mean(job.gpus());
        counts.jobs++;
        counts.gangs += job.isGang() ? 1 : 0;
        offered += work;
        realised += job.gpus() * lifetime;
        if (claims != null) {
            judge(before, job, claims);
            return;
        }
        lost += work;
        if (freeTiers.freeGpus(before, job) >= job.gpus()) {
            lostWithFree += work;
            counts.refusedWithFree++;
            counts.refusedThatFit += freeTiers.lowest(before, job) >= 0 ? 1 : 0;
        }
    }

    private void judge(LedgerSnapshot before, GangJob job, long[] claims) {
        int[] nodes = new int[claims.length];
        int[] masks = new int[claims.length];
        for (int task = 0; task < claims.length; task++) {
            nodes[task] = Ledger.nodeOf(claims[task]);
            ledger.claimOf(claims[task], claim);
            masks[task] = claim.gpuMask();
        }
        counts.broken += islands.brokenWithoutNeed(before, job, nodes, masks);
        if (job.isGang()) {
            int lowest = freeTiers.lowest(before, job);
            int extra = setting.ladder().tierOf(nodes) - lowest;
            if (lowest < 0 || extra < 0) {
                throw new IllegalStateException("a gang stands where the check found no room for it: " + job);
            }
            counts.gangsPlaced++;
            counts.gangGpusPlaced += job.gpus();
            counts.atLowest += extra == 0 ? 1 : 0;
            counts.gpusAtLowest += extra == 0 ? job.gpus() : 0;
            counts.extraTiers += extra;
            counts.gpuExtraTiers += (long) extra * job.gpus();
        }
    }

    private long @Nullable [] place(GangJob job, double lifetime) {
        long[] claims = placer.place(job);
        if (claims != null) {
            departures.add(new Departure(now + lifetime, claims, job.gpus()));
            allocatedGpus += job.gpus();
        }
        return claims;
    }

    private void departUntil(double time) {
        for (Departure next = departures.peek(); next != null && next.time <= time; next = departures.peek()) {
            departures.remove();
            passTo(next.time);
            for (long held : next.claims) {
                if (!ledger.release(held)) {
                    throw new IllegalStateException("the ledger does not know claim " + held + " any more");
                }
            }
            placer.left(next.claims);
            allocatedGpus -= next.gpus;
        }
    }

    private void passTo(double time) {
        double measured = time - Math.max(now, measureFrom);
        if (measured > 0) {
            allocatedTime += measured * allocatedGpus;
        }
        now = time;
    }
}
