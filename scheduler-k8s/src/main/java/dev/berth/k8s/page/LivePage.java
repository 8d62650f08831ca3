package dev.berth.k8s.page;

import com.sun.net.httpserver.HttpHandler;
import dev.berth.k8s.engine.Insight;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The live page: what {@link Insight} tells, for people to look at, and nothing that changes anything. Thread-safe.
 *
 * <p>Its addresses are relative, so that it works below any path, such as that of the API server's service proxy. It loads nothing from
 * anywhere else, and its Content-Security-Policy forbids it to.
 */
public final class LivePage implements AutoCloseable {
    private final DecisionFeed feed;
    private final Map<String, HttpHandler> handlers = new LinkedHashMap<>();

    /**
     * A page with the usual limits.
     *
     * @param insight what it shows
     */
    public LivePage(Insight insight) {
        this(insight, Limits.USUAL);
    }

    LivePage(Insight insight, Limits limits) {
        feed = new DecisionFeed(insight, limits);
        ViewCache cache = new ViewCache(insight, limits.viewAge(), System::nanoTime);
        for (Asset asset : Asset.all()) {
            handlers.put(asset.path(), asset::answer);
        }
        handlers.put("/v1/view", new ViewHandler(cache)::answer);
        handlers.put("/v1/node", new NodeHandler(insight, cache)::answer);
        handlers.put("/v1/find", new FindHandler(cache)::answer);
        handlers.put("/v1/why", new WhyHandler(insight)::answer);
        handlers.put("/v1/status", new StatusHandler(insight, cache)::answer);
        handlers.put("/v1/decisions", feed::answer);
        handlers.replaceAll((path, handler) -> new Guard(path, handler)::answer);
    }

    /**
     * A handler for each path of the page. Each answers {@code GET} and {@code HEAD} of exactly its path and refuses all else by itself. That of {@code
     * /v1/decisions} returns before its answer ends, which a thread of the page goes on with: whoever calls it must not close the exchange.
     */
    public Map<String, HttpHandler> handlers() {
        return Map.copyOf(handlers);
    }

    /** Ends the streams of decisions. */
    @Override
    public void close() {
        feed.close();
    }

    /**
     * What clients may take.
     *
     * @param streams most streams of decisions at a time; each has a thread
     * @param heartbeat longest silence on a stream, so that what stands between does not think it dead
     * @param slowWrite how long one write may take before its client is dropped
     * @param life how long a stream lasts; browsers then take it up again where it ended
     * @param viewAge how old a view may be that is handed out again, so that many browsers cost what one costs
     */
    record Limits(int streams, Duration heartbeat, Duration slowWrite, Duration life, Duration viewAge) {
        /** Below the minute after which proxies commonly cut a silent connection. */
        static final Limits USUAL = new Limits(
                32, Duration.ofSeconds(15), Duration.ofSeconds(10), Duration.ofMinutes(30), Duration.ofMillis(500));
    }
}
