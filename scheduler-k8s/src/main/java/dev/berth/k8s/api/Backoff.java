package dev.berth.k8s.api;

import java.util.random.RandomGenerator;

/** How long to wait before trying again: twice as long each time, less up to half of it, so that replicas do not come all at once. Not thread-safe. */
final class Backoff {
    private final long firstMillis;
    private final long mostMillis;
    private final RandomGenerator random;
    private long nextMillis;

    Backoff(long firstMillis, long mostMillis, RandomGenerator random) {
        this.firstMillis = firstMillis;
        this.mostMillis = mostMillis;
        this.random = random;
        this.nextMillis = firstMillis;
    }

    /** All went well. */
    void reset() {
        nextMillis = firstMillis;
    }

    /** How long to wait now, in ms. */
    long nextMillis() {
        long now = nextMillis;
        nextMillis = Math.min(mostMillis, nextMillis * 2);
        return now - random.nextLong(now / 2 + 1);
    }
}
