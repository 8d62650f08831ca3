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
    private long arrivals;
    private long due = WARM_UP;

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
        return new Snapshot(Arrays.copyOf(demands, classes), Arrays.copyOf(counts, classes));
    }

    /** Counts of one moment; nobody changes the arrays any more, so any thread may use them. */
    static final class Snapshot {
        private final Demand[] demands;
        private final long[] counts;

        private Snapshot(Demand[] demands, long[] counts) {
            this.demands = demands;
            this.counts = counts;
        }

        /** The workload so far. */
        TypicalWorkload typical() {
            Map<Request, Long> byRequest = new HashMap<>();
            for (int id = 0; id < counts.length; id++) {
                if (counts[id] > 0) {
                    byRequest.put(demands[id].request(), counts[id]);
                }
            }
            return TypicalWorkload.ofCounts(byRequest);
        }
    }
}
