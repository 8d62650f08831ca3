package dev.berth.placement;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Counts the arrivals of each class and says when what was learnt from them is to be learnt anew: at {@value #WARM_UP}
 * arrivals, and then whenever their number has grown by {@value #WARM_UP} and by half. So the figures are fresh while they
 * still move, and the number of rebuilds grows with the logarithm of the arrivals. Used by one thread.
 */
final class ArrivalCounts {
    /** Arrivals before the first rebuild, and the least number between two. */
    static final int WARM_UP = 50;

    private Demand[] demands = new Demand[64];
    private long[] counts = new long[64];
    private int classes;
    private final Map<Request, Long> before;
    private long arrivals;
    private long due;

    /** Starts from nothing. */
    ArrivalCounts() {
        this(Map.of(), WARM_UP);
    }

    /**
     * Starts with what is taken for having arrived before.
     *
     * @param before arrivals per request, each 0 or more
     * @param warmUp arrivals before the first rebuild, those included
     */
    ArrivalCounts(Map<Request, Long> before, int warmUp) {
        this.before = Map.copyOf(before);
        for (long count : before.values()) {
            arrivals += count;
        }
        due = warmUp;
    }

    /** Counts one arrival. O(1); allocates only when it meets a class for the first time. */
    void arrived(Demand demand) {
        int id = demand.id();
        if (id >= counts.length) {
            int size = Math.max(id + 1, 2 * counts.length);
            counts = Arrays.copyOf(counts, size);
            demands = Arrays.copyOf(demands, size);
        }
        demands[id] = demand;
        counts[id]++;
        classes = Math.max(classes, id + 1);
        arrivals++;
    }

    /** Whether a rebuild is due. */
    boolean rebuildDue() {
        return arrivals >= due;
    }

    /** What has been counted, and the date of the next rebuild set. O(classes). */
    Snapshot snapshot() {
        due = Math.max(arrivals + WARM_UP, (long) Math.ceil(1.5 * arrivals));
        return new Snapshot(before, Arrays.copyOf(demands, classes), Arrays.copyOf(counts, classes));
    }

    /** Counts of one moment; nobody changes the arrays any more, so any thread may use them. */
    static final class Snapshot {
        private final Map<Request, Long> before;
        private final Demand[] demands;
        private final long[] counts;

        private Snapshot(Map<Request, Long> before, Demand[] demands, long[] counts) {
            this.before = before;
            this.demands = demands;
            this.counts = counts;
        }

        /** The workload so far. */
        TypicalWorkload typical() {
            Map<Request, Long> byRequest = new HashMap<>(before);
            for (int id = 0; id < counts.length; id++) {
                if (counts[id] > 0) {
                    byRequest.merge(demands[id].request(), counts[id], Long::sum);
                }
            }
            return TypicalWorkload.ofCounts(byRequest);
        }
    }
}
