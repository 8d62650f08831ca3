package dev.berth.planner.io;

import java.util.List;
import java.util.Random;

/**
 * What is to be packed. Immutable.
 *
 * @param jobs the jobs, with different names
 * @param order in which order their tasks arrive
 */
public record Workload(List<Job> jobs, Order order) {
    /** In which order tasks arrive. */
    public enum Order {
        /** All tasks or gangs of the first job, then all of the second, and so on. */
        WRITTEN,
        /** All tasks and gangs mixed by a seeded shuffle: every order is equally likely. */
        SHUFFLED
    }

    /** Copies the jobs. */
    public Workload {
        jobs = List.copyOf(jobs);
    }

    /** Number of tasks of all jobs. */
    public long taskCount() {
        return jobs.stream().mapToLong(Job::taskCount).sum();
    }

    /** Number of arrivals: tasks that are placed on their own, and gangs. */
    public long arrivalCount() {
        return jobs.stream().mapToLong(Job::count).sum();
    }

    /**
     * The position in {@link #jobs} of each arriving task or gang. The same seed gives the same order.
     *
     * @throws IllegalArgumentException if there are more arrivals than an array holds
     */
    public int[] arrivals(long seed) {
        if (arrivalCount() > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(
                    "the workload has " + arrivalCount() + " arrivals, allowed: " + (Integer.MAX_VALUE - 8));
        }
        int[] arrivals = new int[(int) arrivalCount()];
        int next = 0;
        for (int job = 0; job < jobs.size(); job++) {
            for (int task = 0; task < jobs.get(job).count(); task++) {
                arrivals[next++] = job;
            }
        }
        if (order == Order.SHUFFLED) {
            Random random = new Random(seed);
            for (int i = arrivals.length - 1; i > 0; i--) {
                int j = random.nextInt(i + 1);
                int swapped = arrivals[i];
                arrivals[i] = arrivals[j];
                arrivals[j] = swapped;
            }
        }
        return arrivals;
    }
}
