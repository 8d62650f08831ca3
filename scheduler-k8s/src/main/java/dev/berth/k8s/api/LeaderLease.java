package dev.berth.k8s.api;

import dev.berth.k8s.api.LeaseElection.LeaseRecord;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one replica at a time as the leader, by a Lease that it takes and renews on a thread of its own; {@link LeaseElection} has the rules and why they hold. Thread-safe.
 *
 * <p>A write may be on its way when leadership ends. {@link #mayWrite} is asked right before each request is sent, and the request asks the API server not to work on it for
 * longer than lease duration less renew deadline, so it is over before another replica may lead, but for the time between the question and the send, and on the wire. What
 * comes later than that is refused by what the API server checks anyway ({@link WritePool}).
 */
public final class LeaderLease {
    private static final Logger LOG = LoggerFactory.getLogger(LeaderLease.class);

    /** Is told who leads, by one thread. */
    public interface Listener {
        /** This replica leads from now on. */
        void lead();

        /** It leads no more. It has not written since {@link #mayWrite} became false, which may be a moment ago. */
        void follow();
    }

    private final LeaseElection election;
    private final LeaseStore store;
    private final String identity;
    private final LeaseTiming timing;
    private final Listener listener;
    private final Thread thread;
    private final CountDownLatch stopping = new CountDownLatch(1);
    private volatile boolean released;
    private boolean leading;
    private @Nullable String complaint;

    /**
     * A lease that this replica competes for, once it is started.
     *
     * @param namespace where the Lease is; it need not be there yet
     * @param name its name
     * @param identity this replica's name; no other may have it, nor an earlier process of this replica
     * @param listener is told of it
     */
    public LeaderLease(
            ApiAddress address, String namespace, String name, String identity, LeaseTiming timing, Listener listener) {
        this(
                new ApiLeaseStore(
                        address,
                        namespace,
                        name,
                        Math.toIntExact(timing.lease().toSeconds()),
                        // twice within the renew deadline
                        Math.toIntExact(timing.renewDeadline().toMillis() / 2)),
                identity,
                timing,
                listener);
    }

    LeaderLease(LeaseStore store, String identity, LeaseTiming timing, Listener listener) {
        if (identity.isEmpty()) {
            throw new IllegalArgumentException(
                    "the identity of this replica is empty; needed is a name that no other has");
        }
        this.store = store;
        this.identity = identity;
        this.timing = timing;
        this.listener = listener;
        election = new LeaseElection(identity, timing);
        thread = new Thread(this::run, "lease");
        thread.setDaemon(true);
        // a renewal that comes late costs leadership
        thread.setPriority(Thread.MAX_PRIORITY);
    }

    /** Begins to look at the lease. Once. */
    public void start() {
        thread.start();
    }

    /** Lets this replica take the lease, from now on. */
    public void stand() {
        election.stand();
    }

    /** Whether this replica may write at this moment. */
    public boolean mayWrite() {
        return election.mayWrite(System.nanoTime(), System.currentTimeMillis());
    }

    /** Ends writing at once and for good; the lease stays taken until it is released or runs out. */
    public void resign() {
        election.resign();
    }

    /**
     * Gives the lease back, so that another replica leads at its next look. What was under way must have ended.
     *
     * @return whether it was given back, or was not ours; else it runs out
     * @throws InterruptedException if the thread is interrupted meanwhile
     */
    public boolean release(long mostMillis) throws InterruptedException {
        resign();
        stopping.countDown();
        thread.join(mostMillis);
        return released;
    }

    private void run() {
        while (!isStopping()) {
            LeaseElection.Step step = election.next(System.nanoTime());
            boolean wait = true;
            if (step != LeaseElection.Step.WAIT) {
                try {
                    wait = !go(step);
                    if (complaint != null) {
                        LOG.info("the lease is in reach again");
                        complaint = null;
                    }
                } catch (IOException e) {
                    election.uncertain();
                    String text = String.valueOf(e.getMessage());
                    if (!text.equals(complaint)) {
                        LOG.warn("the lease: {}; trying again", text);
                        complaint = text;
                    }
                }
            }
            tell();
            if (wait) {
                pause();
            }
        }
        tell();
        giveBack();
        store.close();
    }

    /** Whether the next step comes at once. */
    private boolean go(LeaseElection.Step step) throws IOException {
        if (step == LeaseElection.Step.READ) {
            LeaseRecord is = store.read();
            election.read(is, System.nanoTime());
            return true;
        }
        LeaseRecord from = election.record();
        long begunNanos = System.nanoTime();
        long begunMillis = System.currentTimeMillis();
        if (step == LeaseElection.Step.CREATE || from == null) {
            store.create(LeaseElection.NOBODY_YET);
            election.uncertain();
            return true;
        }
        LeaseRecord is = store.update(from, identity);
        if (is == null) {
            election.uncertain();
            return true;
        }
        election.written(is, begunNanos, begunMillis, System.nanoTime());
        return false;
    }

    private void tell() {
        boolean may = mayWrite();
        if (may == leading) {
            return;
        }
        leading = may;
        try {
            if (may) {
                LOG.info("{} leads", identity);
                listener.lead();
            } else {
                LOG.info("{} does not lead any more", identity);
                listener.follow();
            }
        } catch (RuntimeException e) {
            LOG.error("leadership could not be told", e);
        }
    }

    private void giveBack() {
        try {
            LeaseRecord is = store.read();
            released = is == null || !is.holder().equals(identity) || store.update(is, "") != null;
            LOG.info(released ? "the lease is given back" : "the lease has changed meanwhile, so it is not given back");
        } catch (IOException e) {
            LOG.warn("the lease could not be given back, and runs out in {}: {}", timing.lease(), e.toString());
        }
    }

    private boolean isStopping() {
        return stopping.getCount() == 0;
    }

    private void pause() {
        try {
            if (stopping.await(timing.retry().toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.debug("stopping");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            resign();
            stopping.countDown();
        }
    }
}
