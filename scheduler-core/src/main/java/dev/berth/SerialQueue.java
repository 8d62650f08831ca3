package dev.berth;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jctools.queues.varhandle.MpscUnboundedVarHandleArrayQueue;

/**
 * Runs tasks one at a time in the order in which they came in, without a thread of its own: the caller that finds the queue
 * idle runs what is in it, its own task included.
 */
final class SerialQueue {
    private static final int CHUNK = 256;

    private final MpscUnboundedVarHandleArrayQueue<Runnable> queue = new MpscUnboundedVarHandleArrayQueue<>(CHUNK);
    private final AtomicInteger waiting = new AtomicInteger();
    private volatile boolean closed;

    <T> CompletableFuture<T> submit(Supplier<T> task) {
        if (closed) {
            throw new IllegalStateException("the scheduler is closed");
        }
        CompletableFuture<T> result = new CompletableFuture<>();
        queue.offer(() -> {
            try {
                result.complete(task.get());
            } catch (RuntimeException | Error e) {
                result.completeExceptionally(e);
            }
        });
        if (waiting.getAndIncrement() == 0) {
            drain();
        }
        return result;
    }

    <T> T call(Supplier<T> task) {
        try {
            return submit(task).join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            if (e.getCause() instanceof Error cause) {
                throw cause;
            }
            throw e;
        }
    }

    private void drain() {
        do {
            Runnable task = queue.poll();
            if (task != null) {
                task.run();
            }
        } while (waiting.decrementAndGet() != 0);
    }

    void close() {
        closed = true;
    }
}
