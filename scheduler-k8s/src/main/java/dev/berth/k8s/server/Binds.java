package dev.berth.k8s.server;

import dev.berth.k8s.engine.PodRef;
import dev.berth.k8s.server.ServerSettings.Limits;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Binds that wait for the API server. They keep no thread: each is answered by one of two threads that do nothing else, when the engine says how it ended,
 * or when it has taken too long. Thread-safe.
 */
final class Binds {
    private static final String JSON = "application/json";

    private final Workers answers;
    private final ScheduledExecutorService clock;
    private final ServerMetrics metrics;
    private final Duration most;
    private final int mostWaiting;
    private final AtomicInteger waiting = new AtomicInteger();

    Binds(Workers answers, ScheduledExecutorService clock, ServerMetrics metrics, Limits limits) {
        this.answers = answers;
        this.clock = clock;
        this.metrics = metrics;
        most = limits.bind();
        mostWaiting = limits.binds();
    }

    /** A bind that waits from now on. */
    Bind begin(Call call, PodRef pod) throws HttpFailure {
        if (waiting.incrementAndGet() > mostWaiting) {
            waiting.decrementAndGet();
            throw new HttpFailure(
                    HttpFailure.UNAVAILABLE, mostWaiting + " binds wait for the API server already; try again");
        }
        Bind bind = new Bind(call, pod);
        bind.timeout = clock.schedule(bind::late, most.toMillis(), TimeUnit.MILLISECONDS);
        return bind;
    }

    /** How many wait. */
    int waiting() {
        return waiting.get();
    }

    /** One of them. */
    final class Bind {
        private final Call call;
        private final PodRef pod;
        private final long startNanos = System.nanoTime();
        private final AtomicBoolean ended = new AtomicBoolean();
        private volatile @Nullable Future<?> timeout;

        private Bind(Call call, PodRef pod) {
            this.call = call;
            this.pod = pod;
        }

        /** It ended, with an empty text when the pod is bound. What comes after the first time is nothing new. */
        void done(String error) {
            end(error, error.isEmpty() ? "bound" : "refused");
        }

        private void late() {
            end(
                    "binding " + pod + " has taken more than " + most.toMillis()
                            + " ms; whether the API server did it will show in the pod's spec.nodeName",
                    "late");
        }

        /** Whether the answer is not decided yet, and is not another's from now on. */
        boolean end() {
            if (ended.getAndSet(true)) {
                return false;
            }
            waiting.decrementAndGet();
            Future<?> timer = timeout;
            if (timer != null) {
                timer.cancel(false);
            }
            return true;
        }

        private void end(String error, String outcome) {
            if (!end()) {
                return;
            }
            metrics.decided("bind", System.nanoTime() - startNanos);
            metrics.answered("bind", outcome);
            try {
                answers.write(() -> call.answer(200, JSON, ExtenderWriter.bind(error)));
            } catch (RejectedExecutionException e) {
                // The server stops, or thousands wait to be told: kube-scheduler takes a broken connection for a failed
                // bind, and asks again.
                call.drop();
            }
        }
    }
}
