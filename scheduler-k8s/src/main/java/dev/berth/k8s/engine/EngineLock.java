package dev.berth.k8s.engine;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The one lock of the engine, and the sign that there is work to do. Thread-safe. */
final class EngineLock {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition hasWork = lock.newCondition();
    private boolean isWorkWaiting;

    void run(Runnable body) {
        lock.lock();
        try {
            body.run();
        } finally {
            lock.unlock();
        }
    }

    <T extends @Nullable Object> T call(Supplier<T> body) {
        lock.lock();
        try {
            return body.get();
        } finally {
            lock.unlock();
        }
    }

    /** Says that there may be something to do. Called under the lock, as are the next two. */
    void wake() {
        isWorkWaiting = true;
        hasWork.signalAll();
    }

    /** What there is to do is being done. */
    void workBegins() {
        isWorkWaiting = false;
    }

    boolean isWorkWaiting() {
        return isWorkWaiting;
    }

    /** Waits until there may be something to do, or so many milliseconds have passed; whether there may be. */
    boolean await(long millis) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long nanos = TimeUnit.MILLISECONDS.toNanos(millis);
            while (!isWorkWaiting && nanos > 0) {
                nanos = hasWork.awaitNanos(nanos);
            }
            return isWorkWaiting;
        } finally {
            lock.unlock();
        }
    }
}
