package dev.berth.k8s.api;

import dev.berth.k8s.engine.Outcome;
import java.io.IOException;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes to the API server from a few threads with a connection each, so that no more than so many are under way; what waits goes by priority, and first come first
 * served where that is equal. Thread-safe.
 *
 * <p>What the API server is too busy for is tried again until {@value #PATIENCE_MILLIS} ms have passed; meanwhile all wait, as one client that keeps asking is what makes
 * a busy server busier. There is no limit by rate: what may be under way is the limit.
 *
 * <p><b>Fencing.</b> Whether this replica may write is asked right before the bytes are sent, after all that takes time. Each request asks the API server to give it up
 * after so many ms (query {@code timeout}, which bounds its work on it, admission and store included). With {@link LeaderLease}: sent no later than renew deadline after the
 * lease was last known to be ours, and given up no later than the lease's end, before which nobody else may lead. What stays: a pause of this process between the question
 * and the send, and time on the wire. What comes so late meets the API server's own checks: a write names the pod's UID; a bound pod is not bound again; the affinity of
 * a pod without gates cannot change. So it may do to a pod what was right a moment ago, and never moves what another leader has released or bound.
 */
final class WritePool {
    static final int PATIENCE_MILLIS = 10_000;

    /** Added to the priority of a write that somebody waits for with a time-out of their own: it goes before all others. */
    static final long WAITED_FOR = 1L << 32;

    /** The API server closes a connection that is idle for 90 s; one that is closed just when it is used again would lose a write. */
    private static final int IDLE_MILLIS = 30_000;

    private static final int CONNECT_MILLIS = 3_000;
    private static final Logger LOG = LoggerFactory.getLogger(WritePool.class);

    private final ApiAddress address;
    private final BooleanSupplier mayWrite;
    private final String timeout;
    private final int readMillis;
    private final List<Thread> threads = new ArrayList<>();
    private final Object lock = new Object();
    private final PriorityQueue<Task> waiting = new PriorityQueue<>(Task::compare);
    private final Backoff backoff = new Backoff(50, 2_000, new SplittableRandom());
    private long sequence;
    private long pausedUntilNanos = System.nanoTime();
    private int underWay;
    private boolean stopping;

    private final AtomicLong sent = new AtomicLong();

    /**
     * Starts the threads.
     *
     * @param parallel how many requests at most are under way
     * @param mayWrite asked right before each request is sent
     * @param timeoutMillis how long the API server may work on a request
     */
    WritePool(ApiAddress address, int parallel, BooleanSupplier mayWrite, int timeoutMillis) {
        this.address = address;
        this.mayWrite = mayWrite;
        this.timeout = "timeout=" + timeoutMillis + "ms";
        // only how long we wait for the answer; the work itself has ended by then
        this.readMillis = timeoutMillis + 1_000;
        for (int i = 0; i < parallel; i++) {
            Thread thread = new Thread(this::work, "write-" + i);
            thread.setDaemon(true);
            threads.add(thread);
            thread.start();
        }
    }

    /** A write of one or more requests. */
    @FunctionalInterface
    interface Call {
        /** Does it. Throws what {@link Requests#send} throws. */
        Outcome attempt(Requests requests) throws IOException;
    }

    /**
     * Puts a write into the queue.
     *
     * @param priority of the pod, with {@link #WAITED_FOR} where somebody waits; the higher the sooner
     * @param done called once, by a thread of the pool
     */
    void submit(long priority, Call call, Consumer<Outcome> done) {
        synchronized (lock) {
            if (!stopping) {
                long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
                waiting.add(new Task(priority, sequence++, deadline, call, done));
                lock.notify();
                return;
            }
        }
        Thread late = new Thread(() -> done.accept(notLeading()), "write-late");
        late.setDaemon(true);
        late.start();
    }

    /** How many writes wait or are under way. */
    int pending() {
        synchronized (lock) {
            return waiting.size() + underWay;
        }
    }

    /** How many requests were sent. */
    long sent() {
        return sent.get();
    }

    /**
     * Sends no more, answers what waits that it was not sent, and waits for what is under way.
     *
     * @return whether nothing is under way any more
     */
    boolean stop(long mostMillis) throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(mostMillis);
        synchronized (lock) {
            stopping = true;
            lock.notifyAll();
        }
        for (Thread thread : threads) {
            long left = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
            if (left > 0) {
                thread.join(left);
            }
        }
        return threads.stream().noneMatch(Thread::isAlive);
    }

    static Outcome notLeading() {
        return new Outcome(Outcome.Kind.NOT_LEADING, "this replica does not lead");
    }

    private record Task(long priority, long sequence, long deadlineNanos, Call call, Consumer<Outcome> done) {
        static int compare(Task a, Task b) {
            return a.priority != b.priority
                    ? Long.compare(b.priority, a.priority)
                    : Long.compare(a.sequence, b.sequence);
        }
    }

    private void work() {
        Requests requests = new Requests();
        for (; ; ) {
            Task task = take(requests);
            if (task == null) {
                requests.close();
                return;
            }
            Outcome outcome = attempt(task, requests);
            if (outcome == null) {
                synchronized (lock) {
                    underWay--;
                    waiting.add(task);
                    lock.notify();
                }
                continue;
            }
            try {
                task.done().accept(outcome);
            } catch (RuntimeException e) {
                LOG.error("an answer could not be taken", e);
            }
            synchronized (lock) {
                underWay--;
            }
        }
    }

    /** Null when it is to be tried again. */
    private @Nullable Outcome attempt(Task task, Requests requests) {
        if (isStopping()) {
            return notLeading();
        }
        String what;
        int afterSeconds = 0;
        try {
            Outcome outcome = task.call().attempt(requests);
            synchronized (lock) {
                backoff.reset();
            }
            return outcome;
        } catch (NotLeadingException e) {
            return notLeading();
        } catch (BusyException e) {
            what = String.valueOf(e.getMessage());
            afterSeconds = e.afterSeconds;
        } catch (IOException e) {
            requests.close();
            return new Outcome(Outcome.Kind.UNKNOWN, address + ": " + e);
        } catch (RuntimeException e) {
            requests.close();
            LOG.error("a write failed by an error in Berth", e);
            return new Outcome(Outcome.Kind.UNKNOWN, e.toString());
        }
        long now = System.nanoTime();
        synchronized (lock) {
            long pause = Math.max(TimeUnit.SECONDS.toMillis(afterSeconds), backoff.nextMillis());
            long until = now + TimeUnit.MILLISECONDS.toNanos(pause);
            if (until - pausedUntilNanos > 0) {
                pausedUntilNanos = until;
            }
            return until - task.deadlineNanos() > 0 ? new Outcome(Outcome.Kind.BUSY, what) : null;
        }
    }

    private boolean isStopping() {
        synchronized (lock) {
            return stopping;
        }
    }

    private @Nullable Task take(Requests requests) {
        boolean idle = false;
        for (; ; ) {
            if (idle) {
                requests.close();
            }
            synchronized (lock) {
                try {
                    long pause = TimeUnit.NANOSECONDS.toMillis(pausedUntilNanos - System.nanoTime());
                    if (stopping || !waiting.isEmpty() && pause <= 0) {
                        Task task = waiting.poll();
                        if (task != null) {
                            underWay++;
                        }
                        return task;
                    }
                    if (waiting.isEmpty()) {
                        long since = System.nanoTime();
                        lock.wait(IDLE_MILLIS);
                        idle = System.nanoTime() - since >= TimeUnit.MILLISECONDS.toNanos(IDLE_MILLIS);
                    } else {
                        lock.wait(pause);
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return null;
                }
            }
        }
    }

    /** What was not sent, as this replica does not lead. */
    static final class NotLeadingException extends IOException {
        private static final long serialVersionUID = 1;
    }

    /** The API server could not take it now, and nothing was done. */
    static final class BusyException extends IOException {
        private static final long serialVersionUID = 1;
        private final int afterSeconds;

        BusyException(String message, int afterSeconds) {
            super(message);
            this.afterSeconds = afterSeconds;
        }
    }

    /** The requests of one thread. */
    final class Requests {
        private @Nullable HttpConnection connection;
        private long usedNanos;

        /**
         * Sends a request and skips the answer's body.
         *
         * @param path with no query
         * @param repeatable whether doing it twice is the same as once; then it is sent again when a connection was closed just before it was used
         * @return null when it was done, else why not
         * @throws NotLeadingException if it was not sent, as this replica does not lead
         * @throws BusyException if it was not done, and may be later
         * @throws IOException if it is not known whether it was done
         */
        @Nullable
        Status send(String method, String path, String contentType, byte[] body, boolean repeatable)
                throws IOException {
            HttpAnswer answer = exchange(method, path + "?" + timeout, contentType, body, repeatable);
            return refusal(answer, true);
        }

        /** Reads an object, as text. Null when it is not there. */
        @Nullable
        String get(String path) throws IOException {
            HttpAnswer answer = exchange("GET", path, null, null, true);
            if (answer.status() == 200) {
                String text = HttpConnection.text(answer, Integer.MAX_VALUE);
                answer.skipBody();
                return text;
            }
            Status refused = refusal(answer, false);
            if (refused != null && refused.code() == 404) {
                return null;
            }
            throw new BusyException("reading it again is refused: " + refused, 0);
        }

        private @Nullable Status refusal(HttpAnswer answer, boolean writes) throws IOException {
            int code = answer.status();
            if (code >= 200 && code < 300) {
                answer.skipBody();
                return null;
            }
            int after = answer.retryAfterSeconds();
            Status status = Status.of(answer);
            if (code == 401) {
                address.credentialsRefused();
            }
            // 503 and 429 come from in front of the handlers. 500 and 504 also from behind the store, where it may have
            // been done.
            if (code == 401 || code == 429 || code == 503) {
                throw new BusyException(status.toString(), after);
            }
            if (code >= 500 && writes) {
                throw new IOException(status.toString());
            }
            return status;
        }

        private HttpAnswer exchange(
                String method, String path, @Nullable String contentType, byte @Nullable [] body, boolean repeatable)
                throws IOException {
            for (; ; ) {
                HttpConnection open = open();
                // nothing that takes time may come between this and the send
                if (!mayWrite.getAsBoolean()) {
                    throw new NotLeadingException();
                }
                boolean fresh = !open.isUsed();
                try {
                    sent.incrementAndGet();
                    return open.send(address, method, path, contentType, body, readMillis);
                } catch (IOException e) {
                    close();
                    boolean closedBefore =
                            e instanceof HttpConnection.NoAnswerException || e instanceof SocketException;
                    if (fresh || !repeatable || !closedBefore) {
                        throw e;
                    }
                }
            }
        }

        private HttpConnection open() throws IOException {
            long now = System.nanoTime();
            HttpConnection open = connection;
            if (open == null || !open.isReusable() || now - usedNanos > TimeUnit.MILLISECONDS.toNanos(IDLE_MILLIS)) {
                close();
                try {
                    open = address.connect(CONNECT_MILLIS);
                } catch (IOException e) {
                    throw new BusyException(address + " is out of reach: " + e, 0);
                }
                connection = open;
            }
            usedNanos = now;
            return open;
        }

        private void close() {
            HttpConnection open = connection;
            if (open != null) {
                open.close();
                connection = null;
            }
        }
    }
}
