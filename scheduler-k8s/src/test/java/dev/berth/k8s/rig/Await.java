package dev.berth.k8s.rig;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for something to become true that nothing tells of by itself, such as what another process says of itself. */
public final class Await {
    /** Long enough for a machine where everything else runs too: a time-out is a failure, never a measurement. */
    public static final Duration LONG = Duration.ofMinutes(2);

    private static final long LOOK_AGAIN_NANOS = 20_000_000;

    private Await() {}

    /** Starts what is waited for later, on a thread of its own: the common pool has one thread on two cores, and the API client needs it. */
    public static <T> CompletableFuture<T> meanwhile(Supplier<T> task) {
        return CompletableFuture.supplyAsync(task, run -> new Thread(run, "meanwhile").start());
    }

    /** Until it is true, for at most {@link #LONG}. */
    public static void until(String what, BooleanSupplier isTrue) {
        until(what, LONG, isTrue);
    }

    /** Until it is true; it is an {@link AssertionError} when that takes longer. */
    public static void until(String what, Duration longest, BooleanSupplier isTrue) {
        long begun = System.nanoTime();
        while (!isTrue.getAsBoolean()) {
            if (System.nanoTime() - begun > longest.toNanos()) {
                throw new AssertionError("not within " + longest.toSeconds() + " s: " + what);
            }
            LockSupport.parkNanos(LOOK_AGAIN_NANOS);
        }
    }

    /** Until nothing is wrong any more: the supplier says what is, or an empty text. */
    public static void right(Duration longest, Supplier<String> wrong) {
        long begun = System.nanoTime();
        for (String last = wrong.get(); !last.isEmpty(); last = wrong.get()) {
            if (System.nanoTime() - begun > longest.toNanos()) {
                throw new AssertionError("still wrong after " + longest.toSeconds() + " s: " + last);
            }
            LockSupport.parkNanos(LOOK_AGAIN_NANOS);
        }
    }
}
