package dev.berth.k8s.server;

import dev.berth.k8s.engine.Admission;
import dev.berth.k8s.engine.Extender;
import dev.berth.k8s.engine.Insight;
import dev.berth.k8s.server.ServerSettings.Limits;
import dev.berth.k8s.server.ServerSettings.Listener;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Berth's HTTP server: what kube-scheduler asks, the webhook, explanations and the page, health and metrics. It is made before the engine leads, and answers
 * at once: health says that the process lives, readiness that it leads, and the webhook needs no more than the request.
 *
 * <p>Thread-safe. {@link #close()} ends it.
 */
public final class BerthServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BerthServer.class);
    private static final String TEXT = "text/plain; charset=utf-8";
    private static final int GUARD_MILLIS = 100;
    private static final int REFRESH_SECONDS = 10;
    private static final int HEALTH_THREADS = 2;

    private final ScheduledThreadPoolExecutor clock;
    private final ServerMetrics metrics;
    private final Routes pageRoutes = new Routes();
    private final List<HttpListener> listeners = new ArrayList<>();
    private final @Nullable HttpListener extenderListener;
    private final @Nullable HttpListener pageListener;
    private final @Nullable HttpListener webhookListener;
    private final @Nullable HttpListener healthListener;
    private @Nullable Future<?> guarding;
    private @Nullable Future<?> refreshing;

    private BerthServer(ServerSettings settings, Extender extender, Admission admission, Insight insight)
            throws IOException {
        Limits limits = settings.limits();
        ServerProperties.set(limits);
        clock = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "berth-server-clock");
            thread.setDaemon(true);
            return thread;
        });
        clock.setRemoveOnCancelPolicy(true);
        metrics = new ServerMetrics(insight);

        Routes extenderRoutes = new Routes();
        new ExtenderVerbs(extender, settings, metrics, new Binds(extender, metrics, limits)).addTo(extenderRoutes);
        Routes webhookRoutes = new Routes();
        new Webhook(new GateRule(settings.gates()), admission, metrics).addTo(webhookRoutes);
        Routes healthRoutes = healthRoutes(insight);
        try {
            extenderListener = open("extender", settings.extender(), limits, limits.threads(), extenderRoutes);
            pageListener = open("page", settings.page(), limits, limits.threads(), pageRoutes);
            webhookListener = open("webhook", settings.webhook(), limits, limits.threads(), webhookRoutes);
            healthListener = open("health", settings.health(), limits, HEALTH_THREADS, healthRoutes);
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    private @Nullable HttpListener open(
            String name, @Nullable Listener listener, Limits limits, int threads, Routes routes) throws IOException {
        if (listener == null) {
            return null;
        }
        HttpListener opened = new HttpListener(name, listener, limits, threads, routes, metrics);
        listeners.add(opened);
        return opened;
    }

    private Routes healthRoutes(Insight insight) {
        Routes routes = new Routes();
        routes.add("/healthz", "GET", new Routes.Route("healthz", Failures.PLAIN_TEXT, call -> say(call, 200, "ok")));
        routes.add("/readyz", "GET", new Routes.Route("readyz", Failures.PLAIN_TEXT, call -> {
            boolean ready = insight.isReady();
            say(
                    call,
                    ready ? 200 : HttpFailure.UNAVAILABLE,
                    ready ? "ok" : "does not lead, or has not seen the whole cluster yet");
        }));
        routes.add("/syncz", "GET", new Routes.Route("syncz", Failures.PLAIN_TEXT, call -> {
            boolean synced = insight.isSynced();
            say(call, synced ? 200 : HttpFailure.UNAVAILABLE, synced ? "ok" : "has not seen the whole cluster yet");
        }));
        routes.add("/metrics", "GET", new Routes.Route("metrics", Failures.PLAIN_TEXT, metrics::scrape));
        return routes;
    }

    private static void say(Call call, int status, String sentence) {
        call.answer(status, TEXT, (sentence + "\n").getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Starts to listen.
     *
     * @param extender what decides
     * @param admission what decides on new pods
     * @param insight what knows of itself
     * @throws IOException when an address cannot be listened on, or a certificate cannot be used; the message names it
     */
    public static BerthServer start(ServerSettings settings, Extender extender, Admission admission, Insight insight)
            throws IOException {
        BerthServer server = new BerthServer(settings, extender, admission, insight);
        server.begin(settings);
        return server;
    }

    private void begin(ServerSettings settings) {
        metrics.listeners(listeners);
        guarding = clock.scheduleWithFixedDelay(this::guard, GUARD_MILLIS, GUARD_MILLIS, TimeUnit.MILLISECONDS);
        refreshing = clock.scheduleWithFixedDelay(this::refresh, REFRESH_SECONDS, REFRESH_SECONDS, TimeUnit.SECONDS);
        for (HttpListener listener : listeners) {
            listener.start();
        }
        LOG.info(
                "nodeCacheCapable is {}: {}; filter answers {}",
                settings.nodeCacheCapable(),
                settings.nodeCacheCapable()
                        ? "a request that carries Nodes is a simulation without effects"
                        : "a request that carries Nodes is real, and simulations are at /simulate/filter and /simulate/prioritize alone",
                settings.filter() == ServerSettings.Filter.ONE ? "one node" : "all nodes that would do");
    }

    private void guard() {
        long now = System.nanoTime();
        try {
            for (HttpListener listener : listeners) {
                listener.guard(now);
            }
        } catch (RuntimeException e) {
            // A task that throws is not run again.
            LOG.error("the guard of connections failed", e);
        }
    }

    /** Looks whether certificates have changed. */
    void refresh() {
        try {
            for (HttpListener listener : listeners) {
                TlsMaterial tls = listener.tls();
                if (tls != null) {
                    tls.refresh();
                }
            }
        } catch (RuntimeException e) {
            LOG.error("looking for changed certificates failed", e);
        }
    }

    /** What the listener for the page answers, for others to add to. */
    public Routes pageRoutes() {
        return pageRoutes;
    }

    /** Where figures are registered that {@code /metrics} gives, for others to add to. */
    public PrometheusRegistry registry() {
        return metrics.registry();
    }

    /** Where the extender's verbs are, or null when it was not asked for. */
    public @Nullable InetSocketAddress extenderAddress() {
        return extenderListener == null ? null : extenderListener.address();
    }

    /** Where the page is, or null. */
    public @Nullable InetSocketAddress pageAddress() {
        return pageListener == null ? null : pageListener.address();
    }

    /** Where the webhook is, or null. */
    public @Nullable InetSocketAddress webhookAddress() {
        return webhookListener == null ? null : webhookListener.address();
    }

    /** Where health and metrics are, or null. */
    public @Nullable InetSocketAddress healthAddress() {
        return healthListener == null ? null : healthListener.address();
    }

    /** Stops listening and closes all connections. What waits for an answer gets none. */
    @Override
    public void close() {
        clock.shutdownNow();
        cancel(guarding);
        cancel(refreshing);
        for (HttpListener listener : listeners) {
            listener.close();
        }
    }

    private static void cancel(@Nullable Future<?> task) {
        if (task != null) {
            task.cancel(false);
        }
    }
}
