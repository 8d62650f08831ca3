package dev.berth;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jctools.queues.varhandle.MpscUnboundedVarHandleArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * Runs tasks one at a time in the order in which they came in, without a thread of its own: the caller that finds the queue
 * idle runs what is in it, its own task included.
 *
 * <p>Whoever runs the queue runs tasks only, never what hangs on their results: that is code of callers, which may call the queue
 * again and wait, and nobody else would run what it waits for.
 */
final class SerialQueue {
    private static final int CHUNK = 256;

    private final MpscUnboundedVarHandleArrayQueue<Runnable> queue = new MpscUnboundedVarHandleArrayQueue<>(CHUNK);
    private final AtomicInteger waiting = new AtomicInteger();

    /**
     * The thread that runs a task just now. Written without order: a thread asks only whether it is itself, and what it wrote
     * there itself it sees.
     */
    private @Nullable Thread running;

    /** Touched by tasks only. */
    private boolean closed;

    /** Runs a task and waits for it; interrupts do not end the wait. What the task throws is thrown here. */
    <T> T call(Supplier<T> task) {
        return join(enqueue(whileOpen(task)));
    }

    private static <T> T join(CompletableFuture<T> done) {
        try {
            return done.join();
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

    /**
     * Runs a task without waiting for it.
     *
     * @param unclaimed takes the result when the future was cancelled or completed by somebody else before
     */
    <T> CompletableFuture<T> submit(Supplier<T> task, Consumer<T> unclaimed) {
        CompletableFuture<T> done = enqueue(whileOpen(task));
        if (done.isDone()) {
            return done;
        }
        CompletableFuture<T> result = new CompletableFuture<>();
        CompletableFuture<T> unused = done.whenCompleteAsync((value, failure) -> {
            if (failure != null) {
                result.completeExceptionally(failure);
            } else if (!result.complete(value)) {
                unclaimed.accept(value);
            }
        });
        return result;
    }

    /** Runs a last task after those that are in the queue; those that come later fail. Does nothing the second time. */
    void close(Runnable last) {
        join(enqueue(() -> {
            if (!closed) {
                closed = true;
                last.run();
            }
            return true;
        }));
    }

    private <T> Supplier<T> whileOpen(Supplier<T> task) {
        return () -> {
            if (closed) {
                throw new IllegalStateException("the scheduler is closed");
            }
            return task.get();
        };
    }

    /** The future is completed while the queue runs, so that nothing of a caller's may hang on it. */
    private <T> CompletableFuture<T> enqueue(Supplier<T> task) {
        if (running == Thread.currentThread()) {
            throw new IllegalStateException(
                    "the scheduler is called by what it runs itself, such as its policy, and would"
                            + " wait for itself; allowed: calls from outside");
        }
        CompletableFuture<T> done = new CompletableFuture<>();
        queue.offer(() -> {
            try {
                done.complete(task.get());
            } catch (Throwable e) {
                done.completeExceptionally(e);
            }
        });
        if (waiting.getAndIncrement() == 0) {
            drain();
        }
        return done;
    }

    private void drain() {
        do {
            Runnable task = queue.poll();
            if (task != null) {
                running = Thread.currentThread();
                task.run();
                // Before the count goes down: then the queue may be another thread's.
                running = null;
            }
        } while (waiting.decrementAndGet() != 0);
    }
}
