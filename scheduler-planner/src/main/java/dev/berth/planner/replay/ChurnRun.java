package dev.berth.planner.replay;

import dev.berth.cluster.Cluster;
import dev.berth.ledger.Ledger;
import dev.berth.placement.Demand;
import dev.berth.placement.Plan;
import dev.berth.placement.Planner;
import dev.berth.placement.Policy;
import java.util.Arrays;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/**
 * One policy, one seed, one load: a cluster in steady state. Tasks drawn from the list arrive as a Poisson stream, run for
 * their lifetime and leave; what does not fit when it arrives is lost (a loss system, no queue). The start is the equilibrium
 * of a cluster without limits; {@value #WARM_UP} mean lifetimes are discarded and {@value #MEASURED} measured.
 *
 * <p>Arrivals and lifetimes are drawn before the policy is asked and from a stream of their own, so every policy of a seed
 * meets the same tasks on the same order of nodes, and differences are paired.
 */
final class ChurnRun {
    /** Mean lifetimes before measuring begins. */
    static final int WARM_UP = 4;
    /** Mean lifetimes measured. */
    static final int MEASURED = 6;

    private static final int WHOLE_NODE_GPUS = 8;

    private final Trace trace;
    private final Lifetimes lifetimes;
    private final SplittableRandom random;
    private final Ledger ledger;
    private final Planner planner;
    private final Demand[] demands;
    private final Plan plan = new Plan();
    private final PriorityQueue<Departure> departures = new PriorityQueue<>();
    private final double[] meanLifetime;
    private final double measureFrom;
    private final double measureTo;

    private final int[] gpuTasks;
    private int emptyNodes;
    private long allocatedMilli;
    private double now;
    private double emptyNodeTime;
    private double allocatedMilliTime;

    private double offered;
    private double lost;
    private double realised;
    private long eightGpus;
    private long eightGpusRefused;
    private long cpuOnly;
    private long cpuOnlyLost;
    private long arrivals;

    /** What happens at the end of a lifetime. */
    private record Departure(double time, long claim, int node, int ofClass) implements Comparable<Departure> {
        @Override
        public int compareTo(Departure other) {
            int byTime = Double.compare(time, other.time);
            return byTime != 0 ? byTime : Long.compare(claim, other.claim);
        }
    }

    /**
     * The figures of a run.
     *
     * @param seed the seed
     * @param realisedLoadPercent GPU demand times drawn lifetime of the measured arrivals, in per cent of capacity times time
     * @param gpuDemandLostPercent GPU demand times mean lifetime of the refused tasks, in per cent of that of all
     * @param eightGpuRefusedPercent refused tasks of 8 GPUs, in per cent of them; NaN when none arrived
     * @param cpuOnlyLostPercent refused tasks without GPUs, in per cent of them; NaN when none arrived
     * @param emptyEightGpuNodesMean time-average of the nodes of 8 GPUs without a task that holds GPUs
     * @param allocatedPercent time-average of the GPU milli allocated, in per cent of the capacity
     * @param arrivals measured arrivals
     */
    record Figures(
            long seed,
            double realisedLoadPercent,
            double gpuDemandLostPercent,
            double eightGpuRefusedPercent,
            double cpuOnlyLostPercent,
            double emptyEightGpuNodesMean,
            double allocatedPercent,
            long arrivals) {}

    private ChurnRun(Trace trace, Policy policy, Lifetimes lifetimes, long seed) {
        this.trace = trace;
        this.lifetimes = lifetimes;
        random = new SplittableRandom(seed);
        Cluster cluster = trace.cluster();
        ledger = Ledger.of(cluster);
        planner = new Planner(ledger, policy, seed);
        demands = trace.classes().stream().map(planner::demand).toArray(Demand[]::new);
        meanLifetime = new double[demands.length];
        Arrays.setAll(meanLifetime, ofClass -> lifetimes.mean(trace.gpus(ofClass)));
        double mean = meanOverTasks(ofClass -> meanLifetime[ofClass]);
        measureFrom = WARM_UP * mean;
        measureTo = (WARM_UP + MEASURED) * mean;
        gpuTasks = new int[cluster.nodeCount()];
        for (int node = 0; node < cluster.nodeCount(); node++) {
            emptyNodes += cluster.gpuCount(node) == WHOLE_NODE_GPUS ? 1 : 0;
        }
    }

    /**
     * Runs it.
     *
     * @param loadPercent offered GPU load in per cent of the capacity, above 0
     */
    static Figures of(Trace trace, Policy policy, double loadPercent, Lifetimes lifetimes, long seed) {
        return new ChurnRun(trace, policy, lifetimes, seed).run(loadPercent, seed);
    }

    private double meanOverTasks(java.util.function.IntToDoubleFunction ofClass) {
        double sum = 0;
        for (int task = 0; task < trace.size(); task++) {
            sum += ofClass.applyAsDouble(trace.classOf(task));
        }
        return sum / trace.size();
    }

    private Figures run(double loadPercent, long seed) {
        double work = meanOverTasks(ofClass -> trace.gpuMilli(ofClass) * meanLifetime[ofClass]);
        double rate = loadPercent / 100 * trace.capacityMilli() / work;
        startInEquilibrium(rate);
        for (double next = interval(rate); next < measureTo; next += interval(rate)) {
            departUntil(next);
            passTo(next);
            arrive(trace.classOf(random.nextInt(trace.size())));
        }
        departUntil(measureTo);
        passTo(measureTo);
        double time = measureTo - measureFrom;
        double capacity = trace.capacityMilli() * time;
        return new Figures(
                seed,
                100 * realised / capacity,
                offered == 0 ? 0 : 100 * lost / offered,
                100.0 * eightGpusRefused / eightGpus,
                100.0 * cpuOnlyLost / cpuOnly,
                emptyNodeTime / time,
                100 * allocatedMilliTime / capacity,
                arrivals);
    }

    /** As many tasks as would run in a cluster without limits, each class by its rate times its lifetime. */
    private void startInEquilibrium(double rate) {
        double[] upTo = new double[trace.size()];
        double sum = 0;
        for (int task = 0; task < upTo.length; task++) {
            sum += meanLifetime[trace.classOf(task)];
            upTo[task] = sum;
        }
        long running = Math.round(rate * sum / upTo.length);
        for (long i = 0; i < running; i++) {
            int at = Arrays.binarySearch(upTo, random.nextDouble() * sum);
            int ofClass = trace.classOf(Math.min(upTo.length - 1, at < 0 ? -at - 1 : at + 1));
            place(ofClass, lifetimes.drawResidual(trace.gpus(ofClass), random));
        }
    }

    private double interval(double rate) {
        return -Math.log1p(-random.nextDouble()) / rate;
    }

    private void arrive(int ofClass) {
        double lifetime = lifetimes.draw(trace.gpus(ofClass), random);
        boolean placed = place(ofClass, lifetime);
        if (now < measureFrom) {
            return;
        }
        arrivals++;
        double work = trace.gpuMilli(ofClass) * meanLifetime[ofClass];
        offered += work;
        lost += placed ? 0 : work;
        realised += trace.gpuMilli(ofClass) * lifetime;
        if (trace.cpuOnly(ofClass)) {
            cpuOnly++;
            cpuOnlyLost += placed ? 0 : 1;
        } else if (trace.gpuMilli(ofClass) == 1000 * WHOLE_NODE_GPUS) {
            eightGpus++;
            eightGpusRefused += placed ? 0 : 1;
        }
    }

    private boolean place(int ofClass, double lifetime) {
        Demand demand = demands[ofClass];
        planner.arrived(demand);
        if (!planner.plan(demand, plan)) {
            return false;
        }
        long claim = planner.commit(plan);
        if (claim <= 0) {
            throw new IllegalStateException(
                    "commit of " + demand + " answers " + claim + " although nobody else writes");
        }
        departures.add(new Departure(now + lifetime, claim, plan.node(), ofClass));
        changed(plan.node(), ofClass, 1);
        return true;
    }

    private void departUntil(double time) {
        for (Departure next = departures.peek(); next != null && next.time <= time; next = departures.peek()) {
            departures.remove();
            passTo(next.time);
            if (!ledger.release(next.claim)) {
                throw new IllegalStateException("the ledger does not know claim " + next.claim + " any more");
            }
            changed(next.node, next.ofClass, -1);
        }
    }

    private void changed(int node, int ofClass, int by) {
        allocatedMilli += (long) by * trace.gpuMilli(ofClass);
        if (trace.cpuOnly(ofClass)) {
            return;
        }
        boolean wholeNode = trace.cluster().gpuCount(node) == WHOLE_NODE_GPUS;
        emptyNodes -= wholeNode && gpuTasks[node] == 0 ? 1 : 0;
        gpuTasks[node] += by;
        emptyNodes += wholeNode && gpuTasks[node] == 0 ? 1 : 0;
    }

    private void passTo(double time) {
        double measured = time - Math.max(now, measureFrom);
        if (measured > 0) {
            emptyNodeTime += measured * emptyNodes;
            allocatedMilliTime += measured * allocatedMilli;
        }
        now = time;
    }
}
