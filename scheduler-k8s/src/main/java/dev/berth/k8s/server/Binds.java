package dev.berth.k8s.server;

import dev.berth.k8s.engine.Extender;
import dev.berth.k8s.engine.PodRef;
import dev.berth.k8s.server.ServerSettings.Limits;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Binds that wait for the API server, on threads that are lent for it: kube-scheduler binds many pods at the same time, and its filters must not wait for
 * them. Thread-safe.
 */
final class Binds {
    private final Extender extender;
    private final Duration most;
    private final ServerMetrics metrics;
    private final int mostWaiting;
    private final Semaphore free;

    Binds(Extender extender, ServerMetrics metrics, Limits limits) {
        this.extender = extender;
        this.metrics = metrics;
        most = limits.bind();
        mostWaiting = limits.binds();
        free = new Semaphore(mostWaiting);
    }

    /**
     * How a bind ended.
     *
     * @param error why the pod is not bound, empty when it is
     * @param outcome of the bind, for metrics
     */
    record Ended(String error, String outcome) {}

    Ended bind(PodRef pod, String node) throws HttpFailure {
        if (!free.tryAcquire()) {
            throw new HttpFailure(
                    HttpFailure.UNAVAILABLE, mostWaiting + " binds wait for the API server already; try again");
        }
        try {
            CompletableFuture<String> done = new CompletableFuture<>();
            long start = System.nanoTime();
            extender.bind(pod, node, done::complete);
            metrics.decided("bind", System.nanoTime() - start);
            // Most are answered by then, when nothing has to be written; and a thread that is lent costs more than a
            // look.
            String error =
                    done.isDone() ? done.join() : Workers.lent(() -> done.get(most.toNanos(), TimeUnit.NANOSECONDS));
            return new Ended(error, error.isEmpty() ? "bound" : "refused");
        } catch (TimeoutException e) {
            return new Ended(
                    "binding " + pod + " has taken more than " + most.toMillis()
                            + " ms; whether the API server did it will show in the pod's spec.nodeName",
                    "late");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Ended("Berth stops; whether " + pod + " was bound will show in the pod's spec.nodeName", "late");
        } catch (ExecutionException e) {
            throw new IllegalStateException("a bind ends with a text", e);
        } finally {
            free.release();
        }
    }
}
