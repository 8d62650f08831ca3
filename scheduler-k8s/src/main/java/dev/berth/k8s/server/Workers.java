package dev.berth.k8s.server;

import dev.berth.k8s.server.ServerSettings.Limits;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The few threads of a listener, and the guard that no client keeps one for long.
 *
 * <p>The JDK's server reads a request on such a thread, in blocking mode, from the TLS handshake on; so a handful of clients that send a byte now and
 * then would hold all threads. The guard looks several times a second at what each thread does. Where it reads or writes for too long, it interrupts the
 * thread, and then the channel that the thread is blocked on closes. While others wait for a thread, those that read for the longest time are given
 * less time. A thread that neither reads nor writes, because it asks the engine, is never interrupted.
 *
 * <p>Thread-safe.
 */
final class Workers implements Executor, AutoCloseable {
    private static final ThreadLocal<Work> CURRENT = new ThreadLocal<>();

    private final Limits limits;
    private final ThreadPoolExecutor pool;
    private final Set<Work> running = ConcurrentHashMap.newKeySet();
    private final LongAdder cut = new LongAdder();
    private final LongAdder turnedAway = new LongAdder();

    Workers(String name, int threads, Limits limits) {
        this.limits = limits;
        AtomicInteger number = new AtomicInteger();
        pool = new ThreadPoolExecutor(
                threads, threads, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(limits.connections()), task -> {
                    Thread thread = new Thread(task, name + "-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        pool.allowCoreThreadTimeOut(true);
    }

    /** What a thread does for a request. */
    enum Phase {
        /** It waits for the client to send. */
        READING,
        /** It works, and waits for nobody. */
        THINKING,
        /** It waits for the client to receive. */
        WRITING,
        /** It has done what there was to do. */
        DONE
    }

    /**
     * Has a request read and answered.
     *
     * @throws RejectedExecutionException when too many wait already; the JDK's server then closes the connection
     */
    @Override
    public void execute(Runnable task) {
        try {
            pool.execute(new Work(task));
        } catch (RejectedExecutionException e) {
            turnedAway.increment();
            throw e;
        }
    }

    /** The work that this thread does; null outside. */
    static @Nullable Work current() {
        return CURRENT.get();
    }

    /** Says what this thread does from now on. Does nothing outside. */
    static void enter(Phase phase) {
        Work work = CURRENT.get();
        if (work != null) {
            work.enter(phase);
        }
    }

    /**
     * Lets this thread wait for something, while another one takes its place. It is not interrupted meanwhile.
     *
     * <p>The request could be answered from another thread as well, and the thread go back; but where the client is gone by then, the JDK's server keeps
     * its book of the connection for ever, and counts it as open. It clears it only up when the thread that it called fails.
     */
    static <T> T lent(Waiting<T> waiting) throws InterruptedException, ExecutionException, TimeoutException {
        Work work = CURRENT.get();
        if (work == null) {
            return waiting.await();
        }
        work.enter(Phase.THINKING);
        work.pool().resize(1);
        try {
            return waiting.await();
        } finally {
            work.pool().resize(-1);
        }
    }

    /** What a thread waits for. */
    interface Waiting<T> {
        T await() throws InterruptedException, ExecutionException, TimeoutException;
    }

    private synchronized void resize(int more) {
        int threads = pool.getCorePoolSize() + more;
        if (more > 0) {
            pool.setMaximumPoolSize(threads);
            pool.setCorePoolSize(threads);
        } else {
            pool.setCorePoolSize(threads);
            pool.setMaximumPoolSize(threads);
        }
    }

    /** Closes connections that have been read or written for too long. Called several times a second. */
    void guard(long nowNanos) {
        int waiting = pool.getQueue().size();
        List<Work> readers = new ArrayList<>();
        for (Work work : running) {
            if (work.isLate(Phase.WRITING, limits.write().toNanos(), nowNanos)
                    || work.isLate(Phase.READING, limits.read().toNanos(), nowNanos)) {
                cut(work);
            } else if (waiting > 0
                    && work.isLate(Phase.READING, limits.readWhenBusy().toNanos(), nowNanos)) {
                readers.add(work);
            }
        }
        readers.sort(Comparator.comparingLong(Work::sinceNanos));
        for (Work work : readers.subList(0, Math.min(waiting, readers.size()))) {
            cut(work);
        }
    }

    private void cut(Work work) {
        if (work.interrupt()) {
            cut.increment();
        }
    }

    /** How many connections were closed because a client was too slow. */
    long cut() {
        return cut.sum();
    }

    /** How many connections were closed because too many waited. */
    long turnedAway() {
        return turnedAway.sum();
    }

    /** How many requests have a thread. */
    int running() {
        return running.size();
    }

    /** How many requests wait for a thread. */
    int waiting() {
        return pool.getQueue().size();
    }

    /** Lets no more begin, and closes what is read or written. */
    @Override
    public void close() {
        pool.shutdown();
        for (Work work : running) {
            work.interrupt();
        }
    }

    /** One request on its thread. */
    final class Work implements Runnable {
        private final Runnable task;
        private final long submittedNanos = System.nanoTime();
        private Phase phase = Phase.READING;
        private boolean interrupted;
        private volatile long startedNanos;
        private volatile long sinceNanos;
        private @Nullable Thread thread;

        Work(Runnable task) {
            this.task = task;
        }

        @Override
        public void run() {
            synchronized (this) {
                thread = Thread.currentThread();
                startedNanos = System.nanoTime();
                sinceNanos = startedNanos;
            }
            CURRENT.set(this);
            running.add(this);
            try {
                task.run();
            } finally {
                enter(Phase.DONE);
                running.remove(this);
                CURRENT.remove();
            }
        }

        private Workers pool() {
            return Workers.this;
        }

        /** How long it waited for a thread. */
        long waitedNanos() {
            return startedNanos - submittedNanos;
        }

        long sinceNanos() {
            return sinceNanos;
        }

        synchronized void enter(Phase next) {
            if (interrupted) {
                // It came just in time after all; the interrupt was meant for what is over.
                Thread.interrupted();
                interrupted = false;
            }
            if (phase != next) {
                phase = next;
                sinceNanos = System.nanoTime();
            }
        }

        synchronized boolean isLate(Phase of, long allowedNanos, long nowNanos) {
            return phase == of && thread != null && nowNanos - sinceNanos > allowedNanos;
        }

        synchronized boolean interrupt() {
            if (thread == null || interrupted || (phase != Phase.READING && phase != Phase.WRITING)) {
                return false;
            }
            interrupted = true;
            thread.interrupt();
            return true;
        }
    }
}
