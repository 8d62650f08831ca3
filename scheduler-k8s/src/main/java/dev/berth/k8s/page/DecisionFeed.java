package dev.berth.k8s.page;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import dev.berth.k8s.engine.Insight;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code GET /v1/decisions}: decisions as they happen, as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html). Nothing
 * is kept for a client: each reads on from where it is in what the engine remembers, and is told {@code gap} when that has moved on. Thread-safe.
 */
final class DecisionFeed implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DecisionFeed.class);
    private static final int WATCH_MILLIS = 500;

    private final Insight insight;
    private final LivePage.Limits limits;
    /** Numbers of decisions begin anew with each process, so the ids of events say of which process they are. */
    private final String epoch = Long.toString(System.currentTimeMillis(), Character.MAX_RADIX);

    private final Semaphore free;
    private final Set<DecisionStream> streams = ConcurrentHashMap.newKeySet();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final AutoCloseable listening;

    DecisionFeed(Insight insight, LivePage.Limits limits) {
        this.insight = insight;
        this.limits = limits;
        free = new Semaphore(limits.streams());
        daemon(this::watch, "page-watch").start();
        listening = insight.onDecision(() -> streams.forEach(DecisionStream::news));
    }

    void answer(HttpExchange exchange) throws IOException {
        if (exchange.getRequestMethod().equals("HEAD")) {
            Answer.send(exchange, 200, "text/event-stream", new byte[0]);
            return;
        }
        @Nullable String resumed = exchange.getRequestHeaders().getFirst("Last-Event-ID");
        if (closing.getCount() == 0 || !free.tryAcquire()) {
            exchange.getResponseHeaders().set("Retry-After", "10");
            Answer.error(exchange, 503, "all " + limits.streams() + " streams of decisions are taken");
            return;
        }
        DecisionStream stream = new DecisionStream(insight, limits, epoch, resumed, closing);
        Thread thread = daemon(() -> run(stream, exchange), "page-decisions");
        stream.runsOn(thread);
        streams.add(stream);
        thread.start();
    }

    private void run(DecisionStream stream, HttpExchange exchange) {
        Headers headers = exchange.getResponseHeaders();
        headers.set("Content-Type", "text/event-stream");
        headers.set("Cache-Control", "no-store");
        // nginx, and what is made of it, would keep events back.
        headers.set("X-Accel-Buffering", "no");
        Answer.common(headers);
        try (exchange) {
            exchange.sendResponseHeaders(200, 0);
            stream.send(exchange.getResponseBody());
        } catch (IOException | InterruptedException e) {
            LOG.debug("a stream of decisions ended", e);
        } catch (RuntimeException e) {
            LOG.error("a stream of decisions failed", e);
        } finally {
            streams.remove(stream);
            free.release();
        }
    }

    private void watch() {
        try {
            while (!closing.await(WATCH_MILLIS, TimeUnit.MILLISECONDS)) {
                streams.forEach(DecisionStream::dropIfSlow);
            }
        } catch (InterruptedException e) {
            LOG.debug("the watch over streams of decisions was ended", e);
        }
    }

    /** How many streams there are. */
    int streams() {
        return limits.streams() - free.availablePermits();
    }

    @Override
    public void close() {
        closing.countDown();
        streams.forEach(DecisionStream::news);
        try {
            listening.close();
        } catch (Exception e) {
            LOG.warn("the engine did not let go of the page's listener", e);
        }
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }
}
