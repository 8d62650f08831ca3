package dev.berth.placement;

import org.jspecify.annotations.Nullable;

/**
 * Capacities of the domains of one tier, sorted into buckets, so that the smallest capacity that is enough is found without
 * looking at all domains. Small capacities have a bucket each; from {@value #EXACT} on, a bucket covers a sixteenth of a power
 * of two and is looked through.
 *
 * <p>A bucket is a bitmap of the domains in it with one summary level, made when it is first used; domains without capacity are
 * in none. A change costs O(1).
 */
final class CapacityBuckets {
    private static final int EXACT_BITS = 8;
    private static final int EXACT = 1 << EXACT_BITS;
    private static final int STEP_BITS = 4;

    private final int[] capacity;
    private final @Nullable Row[] rows;
    private final long[] occupied;

    private static final class Row {
        private final long[] words;
        private final long[] summary;
        private int size;

        Row(int domains) {
            words = new long[domains + 63 >>> 6];
            summary = new long[words.length + 63 >>> 6];
        }

        void add(int domain) {
            int word = domain >>> 6;
            words[word] |= 1L << domain;
            summary[word >>> 6] |= 1L << word;
            size++;
        }

        void remove(int domain) {
            int word = domain >>> 6;
            words[word] &= ~(1L << domain);
            if (words[word] == 0) {
                summary[word >>> 6] &= ~(1L << word);
            }
            size--;
        }

        /** First domain at or after one, or -1. */
        int next(int from) {
            int word = from >>> 6;
            if (word >= words.length) {
                return -1;
            }
            long rest = words[word] & -1L << from;
            if (rest == 0) {
                word = nextSet(summary, word + 1);
                if (word < 0) {
                    return -1;
                }
                rest = words[word];
            }
            return word << 6 | Long.numberOfTrailingZeros(rest);
        }
    }

    /** For so many domains, none of which has any capacity yet. */
    CapacityBuckets(int domains) {
        capacity = new int[domains];
        rows = new Row[bucket(Integer.MAX_VALUE) + 1];
        occupied = new long[rows.length + 63 >>> 6];
    }

    private static int bucket(int capacity) {
        if (capacity < EXACT) {
            return capacity;
        }
        int exponent = 31 - Integer.numberOfLeadingZeros(capacity);
        int step = capacity >>> exponent - STEP_BITS & (1 << STEP_BITS) - 1;
        return EXACT + (exponent - EXACT_BITS << STEP_BITS) + step;
    }

    private static int nextSet(long[] bits, int from) {
        int word = from >>> 6;
        if (word >= bits.length) {
            return -1;
        }
        long rest = bits[word] & -1L << from;
        while (rest == 0) {
            if (++word == bits.length) {
                return -1;
            }
            rest = bits[word];
        }
        return word << 6 | Long.numberOfTrailingZeros(rest);
    }

    int capacity(int domain) {
        return capacity[domain];
    }

    void set(int domain, int to) {
        int from = capacity[domain];
        capacity[domain] = to;
        int old = bucket(from);
        int now = bucket(to);
        if (old == now) {
            return;
        }
        if (from > 0) {
            Row row = row(old);
            row.remove(domain);
            if (row.size == 0) {
                occupied[old >>> 6] &= ~(1L << old);
            }
        }
        if (to > 0) {
            row(now).add(domain);
            occupied[now >>> 6] |= 1L << now;
        }
    }

    private Row row(int bucket) {
        Row row = rows[bucket];
        if (row == null) {
            row = new Row(capacity.length);
            rows[bucket] = row;
        }
        return row;
    }

    /** The smallest capacity of a domain that is at least {@code need}, which is 1 or more; -1 when there is none. */
    int smallestFrom(int need) {
        for (int b = nextSet(occupied, bucket(need)); b >= 0; b = nextSet(occupied, b + 1)) {
            if (b < EXACT) {
                return b;
            }
            int smallest = smallestIn(row(b), need);
            if (smallest > 0) {
                return smallest;
            }
        }
        return -1;
    }

    private int smallestIn(Row row, int need) {
        int smallest = Integer.MAX_VALUE;
        for (int d = row.next(0); d >= 0; d = row.next(d + 1)) {
            if (capacity[d] >= need && capacity[d] < smallest) {
                smallest = capacity[d];
            }
        }
        return smallest == Integer.MAX_VALUE ? -1 : smallest;
    }

    /** The largest capacity of a domain, 0 when none has any. */
    int largest() {
        for (int word = occupied.length - 1; word >= 0; word--) {
            if (occupied[word] != 0) {
                int b = (word << 6) + 63 - Long.numberOfLeadingZeros(occupied[word]);
                return b < EXACT ? b : largestIn(row(b));
            }
        }
        return 0;
    }

    private int largestIn(Row row) {
        int largest = 0;
        for (int d = row.next(0); d >= 0; d = row.next(d + 1)) {
            largest = Math.max(largest, capacity[d]);
        }
        return largest;
    }

    /** First domain at or after one that has exactly this capacity, or -1. */
    int next(int exactly, int from) {
        Row row = row(bucket(exactly));
        int domain = row.next(from);
        while (domain >= 0 && capacity[domain] != exactly) {
            domain = row.next(domain + 1);
        }
        return domain;
    }
}
