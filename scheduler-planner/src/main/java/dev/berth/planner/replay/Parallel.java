package dev.berth.planner.replay;

import dev.berth.planner.cli.Progress;
import dev.berth.planner.cli.Terminal;
import java.io.PrintWriter;
import java.io.Writer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/** Runs independent work on several threads and says on standard error how far it is. Used by one thread. */
final class Parallel {
    private final int threads;
    private final PrintWriter err;
    private final Terminal terminal;

    /**
     * Says its progress to a stream.
     *
     * @param threads most that run at a time, 1 or more
     */
    Parallel(int threads, PrintWriter err, Terminal terminal) {
        this.threads = threads;
        this.err = err;
        this.terminal = terminal;
    }

    /** Says nothing. */
    static Parallel quiet() {
        return new Parallel(
                Runtime.getRuntime().availableProcessors(),
                new PrintWriter(Writer.nullWriter()),
                new Terminal(false, false, false));
    }

    /**
     * The results, in the order of the work.
     *
     * @param what is being done, for the progress bar
     */
    <T> List<T> run(String what, List<? extends Callable<T>> work) {
        ExecutorService executor = Executors.newFixedThreadPool(Math.max(1, Math.min(threads, work.size())), task -> {
            Thread thread = new Thread(task, "berth-replay");
            thread.setDaemon(true);
            return thread;
        });
        try (Progress progress = Progress.start(err, terminal, what, work.size())) {
            AtomicLong done = new AtomicLong();
            List<Future<T>> futures = new ArrayList<>();
            for (Callable<T> one : work) {
                futures.add(executor.submit(() -> {
                    T result = one.call();
                    progress.at(done.incrementAndGet());
                    return result;
                }));
            }
            List<T> results = new ArrayList<>();
            for (Future<T> future : futures) {
                results.add(future.get());
            }
            return results;
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while replaying", e);
        } finally {
            executor.shutdownNow();
        }
    }
}
