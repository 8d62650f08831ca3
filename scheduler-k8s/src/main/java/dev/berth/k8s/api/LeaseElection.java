package dev.berth.k8s.api;

import org.jspecify.annotations.Nullable;

/**
 * Who may write, by a Lease object: the rules alone, without threads, clocks and network. Thread-safe.
 *
 * <p>Times are this replica's own. Nothing is compared with what another one wrote, so clocks may differ by anything; they only have to run at about the same rate.
 * A lease is taken when it has not changed for its duration <em>since this replica saw it</em>, and only from the very version seen, which the API server checks. So,
 * with the holder's last renewal begun at b, done by the API server at d, and seen at s: b &lt; d &lt; s. The holder stops to write at b + renew deadline; nobody
 * takes the lease before s + lease duration. Whatever answers are lost, between the two lies at least the difference.
 *
 * <p>That is also what client-go's leader election does. fabric8's compares the holder's {@code renewTime} with the own clock.
 *
 * <p>The monotonic clock stands still while a machine sleeps or a virtual machine is frozen, so the wall clock has a say too: when it says that more time has passed,
 * this replica stops to write. A wall clock that jumps can cost leadership for a moment, and cannot give it.
 */
final class LeaseElection {
    /**
     * Who holds a Lease that was just made. It may have been deleted under a holder who does not know yet, so whoever makes it does not hold it: all wait for it to run out, as after
     * a holder that died. (That is right where all replicas have the same timing.)
     */
    static final String NOBODY_YET = "nobody-yet";

    private final String identity;
    private final long leaseNanos;
    private final long renewDeadlineNanos;

    private boolean seen;
    private @Nullable LeaseRecord record;
    private long changedNanos;

    private boolean known;
    private boolean holding;
    private boolean resigned;
    private boolean standing;
    private long renewedNanos;
    private long renewedMillis;

    LeaseElection(String identity, LeaseTiming timing) {
        this.identity = identity;
        leaseNanos = timing.lease().toNanos();
        renewDeadlineNanos = timing.renewDeadline().toNanos();
    }

    /**
     * A Lease object.
     *
     * @param resourceVersion its version
     * @param holder who holds it; empty when nobody does
     * @param durationSeconds for how long after its last change, by what its holder says; 0 when that is not said
     * @param transitions how often its holder has changed
     */
    record LeaseRecord(String resourceVersion, String holder, int durationSeconds, int transitions) {}

    /** What to do next. */
    enum Step {
        /** Look at it: what is known may be old. */
        READ,
        /** Make it, as there is none, held by {@link #NOBODY_YET}; then look at it. */
        CREATE,
        /** Write it from the version that is known: take it, or renew it. */
        UPDATE,
        /** Nothing before the next look. */
        WAIT
    }

    /** What to do next. After WAIT, the next one is a look. */
    synchronized Step next(long nowNanos) {
        if (resigned) {
            return Step.WAIT;
        }
        if (!known) {
            return Step.READ;
        }
        LeaseRecord now = record;
        if (now == null) {
            return Step.CREATE;
        }
        if (!standing) {
            known = false;
            return Step.WAIT;
        }
        if (now.holder().equals(identity) || now.holder().isEmpty()) {
            return Step.UPDATE;
        }
        long duration = Math.max(leaseNanos, now.durationSeconds() * 1_000_000_000L);
        if (nowNanos - changedNanos >= duration) {
            return Step.UPDATE;
        }
        known = false;
        return Step.WAIT;
    }

    /** The lease as it was last seen; null when there was none. */
    synchronized @Nullable LeaseRecord record() {
        return record;
    }

    /**
     * It was read.
     *
     * @param is null when there is none
     * @param nowNanos when the answer had come
     */
    synchronized void read(@Nullable LeaseRecord is, long nowNanos) {
        if (!seen || !sameVersion(is, record)) {
            changedNanos = nowNanos;
        }
        seen = true;
        record = is;
        known = true;
        if (is == null || !is.holder().equals(identity)) {
            holding = false;
        }
    }

    /**
     * It was written: we hold it.
     *
     * @param is as the API server answered
     * @param begunNanos before the request was sent
     * @param begunMillis the same by the wall clock
     * @param nowNanos when the answer had come
     */
    synchronized void written(LeaseRecord is, long begunNanos, long begunMillis, long nowNanos) {
        seen = true;
        record = is;
        changedNanos = nowNanos;
        known = true;
        holding = !resigned;
        renewedNanos = begunNanos;
        renewedMillis = begunMillis;
    }

    /** The version had changed, or it is not known whether it was written: it must be looked at. */
    synchronized void uncertain() {
        known = false;
    }

    /** Lets this replica take the lease; before, it only looks at it, so that a lease that has run out is known as such by then. */
    synchronized void stand() {
        standing = true;
    }

    /** Gives up for good, before the lease is given back. */
    synchronized void resign() {
        resigned = true;
        holding = false;
    }

    /** Whether this replica may write now. */
    synchronized boolean mayWrite(long nowNanos, long nowMillis) {
        return holding
                && nowNanos - renewedNanos < renewDeadlineNanos
                && (nowMillis - renewedMillis) * 1_000_000L < renewDeadlineNanos;
    }

    private static boolean sameVersion(@Nullable LeaseRecord a, @Nullable LeaseRecord b) {
        return a == null ? b == null : b != null && a.resourceVersion().equals(b.resourceVersion());
    }
}
