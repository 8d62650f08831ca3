package dev.berth.k8s.api;

import java.time.Duration;

/**
 * How fast leadership changes hands. A value.
 *
 * @param lease a lease that nobody has renewed for so long, as another replica saw it, may be taken; whole seconds, as the Lease object knows no others
 * @param renewDeadline so long after the start of the last renewal that went well the leader stops to write
 * @param retry time between renewals, and between looks at another's lease
 */
public record LeaseTiming(Duration lease, Duration renewDeadline, Duration retry) {
    /** Least time between the end of one leader's writes and the next leader's first: clocks run at different rates, and a write takes a moment. */
    private static final Duration LEAST_GAP = Duration.ofMillis(100);

    /** Hand-over within 2.3 s after a crash, and four tries before a renewal is missed. */
    public static final LeaseTiming DEFAULT =
            new LeaseTiming(Duration.ofSeconds(2), Duration.ofMillis(1300), Duration.ofMillis(250));

    /**
     * Checks that they fit.
     *
     * @throws IllegalArgumentException if they do not
     */
    public LeaseTiming {
        if (lease.toSeconds() < 1 || lease.toNanosPart() != 0 || lease.toSeconds() > 3600) {
            throw new IllegalArgumentException(
                    "lease duration is " + lease + "; allowed is 1 s to 1 h in whole seconds");
        }
        if (retry.toMillis() < 10 || retry.compareTo(renewDeadline) >= 0) {
            throw new IllegalArgumentException("lease retry is " + retry
                    + "; allowed is from 10 ms to less than the renew deadline, which is " + renewDeadline);
        }
        if (renewDeadline.plus(LEAST_GAP).compareTo(lease) > 0) {
            throw new IllegalArgumentException("lease renew deadline is " + renewDeadline + "; allowed is " + LEAST_GAP
                    + " less than the lease duration at most, which is " + lease);
        }
    }

    /** How long the API server may work on a write: after it, another replica may lead. */
    public int writeMillis() {
        return Math.toIntExact(lease.minus(renewDeadline).toMillis());
    }
}
