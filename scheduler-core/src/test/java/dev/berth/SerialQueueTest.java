package dev.berth;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The timeouts are not part of any law: they end a test that would hang. */
@Timeout(60)
class SerialQueueTest {
    private final SerialQueue queue = new SerialQueue();
    private final CountDownLatch inside = new CountDownLatch(1);
    private final CountDownLatch gate = new CountDownLatch(1);
    private final Thread holder = new Thread(() -> queue.call(() -> {
        inside.countDown();
        return await(gate);
    }));

    private static boolean await(CountDownLatch latch) {
        try {
            return latch.await(50, SECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Another thread runs the queue and stands in a task until the gate opens. */
    private void hold() {
        holder.start();
        assertThat(await(inside)).isTrue();
    }

    @AfterEach
    void letGo() throws InterruptedException {
        gate.countDown();
        holder.join();
    }

    private <T> CompletableFuture<T> submit(Supplier<T> task) {
        return queue.submit(task, value -> {});
    }

    @Test
    void runsInTheOrderOfTheCalls() {
        hold();
        List<Integer> order = new ArrayList<>();
        List<CompletableFuture<Boolean>> all = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            int number = i;
            all.add(submit(() -> order.add(number)));
        }
        gate.countDown();
        all.forEach(CompletableFuture::join);
        assertThat(order).hasSize(1000).isSorted();
    }

    @Test
    void whatHangsOnAResultMayCallAndWait() {
        hold();
        CompletableFuture<Integer> first = submit(() -> 1);
        CompletableFuture<Integer> second = submit(() -> 2);
        // Would wait for the thread that it runs on, if that was the one that runs the queue.
        CompletableFuture<Integer> sum = first.thenApply(one -> one + second.join() + queue.call(() -> 3));
        gate.countDown();
        assertThat(sum.join()).isEqualTo(6);
    }

    @Test
    void whatHangsOnAFinishedResultMayCallToo() {
        assertThat(submit(() -> 1).thenApply(one -> one + queue.call(() -> 2)).join())
                .isEqualTo(3);
    }

    @Test
    void aTaskThatCallsTheQueueIsToldSo() {
        assertThatThrownBy(() -> queue.call(() -> queue.call(() -> 1)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("from outside");
        assertThat(queue.call(() -> 1)).isEqualTo(1);
    }

    @Test
    void anExceptionGoesToItsCallerOnly() {
        hold();
        CompletableFuture<Integer> bad = submit(() -> {
            throw new IllegalArgumentException("no");
        });
        CompletableFuture<Integer> worse = submit(() -> {
            throw new StackOverflowError("deep");
        });
        CompletableFuture<Integer> good = submit(() -> 1);
        gate.countDown();
        assertThatThrownBy(bad::join)
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(worse::join).hasCauseInstanceOf(StackOverflowError.class);
        assertThat(good.join()).isEqualTo(1);
        assertThatThrownBy(() -> queue.call(() -> {
                    throw new IllegalArgumentException("no");
                }))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(queue.call(() -> 2)).isEqualTo(2);
    }

    @Test
    void whatWasQueuedBeforeTheEndStillRuns() throws InterruptedException {
        hold();
        CompletableFuture<Integer> before = submit(() -> 1);
        AtomicInteger ends = new AtomicInteger();
        Thread closer = new Thread(() -> queue.close(ends::incrementAndGet));
        closer.start();
        gate.countDown();
        closer.join();
        assertThat(before.join()).isEqualTo(1);
        queue.close(ends::incrementAndGet);
        assertThat(ends).hasValue(1);
        assertThatThrownBy(() -> queue.call(() -> 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        assertThatThrownBy(submit(() -> 1)::join).hasCauseInstanceOf(IllegalStateException.class);
    }

    @Test
    void anInterruptedCallerGetsItsResultAndStaysInterrupted() throws InterruptedException {
        hold();
        List<Object> seen = new ArrayList<>();
        Thread caller = new Thread(() -> {
            Thread.currentThread().interrupt();
            seen.add(queue.call(() -> 7));
            seen.add(Thread.currentThread().isInterrupted());
        });
        caller.start();
        gate.countDown();
        caller.join();
        assertThat(seen).containsExactly(7, true);
    }

    @Test
    void aResultThatNobodyTakesIsHandedBack() {
        hold();
        CompletableFuture<Integer> handedBack = new CompletableFuture<>();
        CompletableFuture<Integer> cancelled = queue.submit(() -> 5, handedBack::complete);
        assertThat(cancelled.cancel(false)).isTrue();
        gate.countDown();
        assertThat(handedBack.join()).isEqualTo(5);
    }
}
