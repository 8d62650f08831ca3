package dev.berth.benchmarks;

import com.carrotsearch.hppc.LongArrayList;
import dev.berth.cluster.Cluster;
import dev.berth.ledger.Ledger;
import dev.berth.placement.Demand;
import dev.berth.placement.Plan;
import dev.berth.placement.Planner;
import dev.berth.placement.Policies;
import dev.berth.placement.Request;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** A ledger in which first-fit has placed random tasks until nine tenths of all GPUs are taken. */
final class RunningCluster {
    private static final double LOAD = 0.9;
    private static final long SEED = 42;

    final Ledger ledger;
    /** Classes, by number. */
    final List<Request> classes;

    /** Handle and class of each running task, side by side: what the benchmark itself reads should cost as little as it can. */
    private final LongArrayList tasks = new LongArrayList();

    private RunningCluster(Ledger ledger, List<Request> classes) {
        this.ledger = ledger;
        this.classes = classes;
    }

    /**
     * Fills a cluster.
     *
     * @param tasks drawn from at random
     */
    static RunningCluster fill(Cluster cluster, List<Request> tasks) {
        Map<Request, Integer> numbers = new LinkedHashMap<>();
        for (Request task : tasks) {
            numbers.putIfAbsent(task, numbers.size());
        }
        Ledger ledger = Ledger.of(cluster);
        RunningCluster running = new RunningCluster(ledger, new ArrayList<>(numbers.keySet()));
        Planner planner = new Planner(ledger, Policies.byName("first-fit"), SEED);
        SplittableRandom random = new SplittableRandom(SEED);
        Plan plan = new Plan();
        long wantedMilli = (long) (1000.0 * LOAD * cluster.gpuCount());
        int refusals = 0;
        for (long milli = 0; milli < wantedMilli && refusals < tasks.size(); ) {
            Request task = tasks.get(random.nextInt(tasks.size()));
            Demand demand = planner.demand(task);
            if (planner.plan(demand, plan)) {
                running.add(planner.commit(plan), numbers.get(task));
                milli += task.gpuMilli();
                refusals = 0;
            } else {
                refusals++;
            }
        }
        planner.close();
        return running;
    }

    private void add(long handle, int number) {
        if (handle <= 0) {
            throw new IllegalStateException("nobody else writes, but the claim was answered " + handle);
        }
        tasks.add(handle, number);
    }

    /** Number of running tasks. */
    int size() {
        return tasks.size() / 2;
    }

    long handle(int task) {
        return tasks.get(2 * task);
    }

    /** Class of a running task. */
    int classOf(int task) {
        return (int) tasks.get(2 * task + 1);
    }

    /** What runs in place of a task that was released; answers the handle. */
    long replace(int task, long handle) {
        if (handle <= 0) {
            throw new IllegalStateException("nobody else writes, but the claim was answered " + handle);
        }
        tasks.set(2 * task, handle);
        return handle;
    }
}
