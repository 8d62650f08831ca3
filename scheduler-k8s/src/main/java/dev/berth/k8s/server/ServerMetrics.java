package dev.berth.k8s.server;

import dev.berth.k8s.engine.Insight;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.core.metrics.Info;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** Figures of this process for Prometheus; docs/kubernetes-metrics.md says what each one means. Thread-safe. */
final class ServerMetrics {
    /** In s. Inside Berth, filter takes well under a millisecond; a bind waits for the API server. */
    private static final double[] BOUNDS = {
        0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30
    };

    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final ExpositionFormats formats = ExpositionFormats.init();
    private final Histogram duration = Histogram.builder()
            .name("berth_http_request_duration_seconds")
            .help("Time from a request's head to the end of its answer")
            .labelNames("listener", "route")
            .classicOnly()
            .classicUpperBounds(BOUNDS)
            .register(registry);
    private final Counter requests = Counter.builder()
            .name("berth_http_requests_total")
            .help("Requests by the status of the answer, 0 when the client was gone")
            .labelNames("listener", "route", "code")
            .register(registry);
    private final Counter internalErrors = Counter.builder()
            .name("berth_internal_errors_total")
            .help("Requests at which Berth failed; the log has each")
            .register(registry);
    private final Histogram decision = Histogram.builder()
            .name("berth_extender_decision_duration_seconds")
            .help("Time that the engine took for a request of kube-scheduler")
            .labelNames("verb")
            .classicOnly()
            .classicUpperBounds(BOUNDS)
            .register(registry);
    private final Counter answers = Counter.builder()
            .name("berth_extender_answers_total")
            .help("Answers to kube-scheduler by what they said")
            .labelNames("verb", "outcome")
            .register(registry);
    private final Counter reviewed = Counter.builder()
            .name("berth_webhook_pods_total")
            .help("Pods that the webhook saw by what it did")
            .labelNames("outcome")
            .register(registry);
    private volatile List<HttpListener> listeners = List.of();

    ServerMetrics(Insight insight) {
        JvmMetrics.builder().register(registry);
        Package us = ServerMetrics.class.getPackage();
        String version = us.getImplementationVersion();
        Info.builder()
                .name("berth_build_info")
                .help("What runs")
                .labelNames("version", "java")
                .register(registry)
                .addLabelValues(
                        version == null ? "development" : version, String.valueOf(System.getProperty("java.version")));
        ofEngine(insight);
        ofListeners();
    }

    private void ofEngine(Insight insight) {
        gauge(
                "berth_ready",
                "1 when this replica leads and has seen the whole cluster, else 0",
                () -> insight.isReady() ? 1 : 0);
        Figures figures = new Figures(insight);
        figures.gauge("berth_gpus", "GPUs of all nodes that take pods", Insight.Figures::gpus);
        figures.gauge("berth_gpus_held", "GPUs that pods hold, fractions included", f -> f.gpusHeldMilli() / 1000.0);
        figures.gauge("berth_pods_waiting", "Pods without a place", Insight.Figures::podsWaiting);
        figures.gauge("berth_pods_held", "Pods that have a place and are not bound yet", Insight.Figures::podsHeld);
        figures.gauge("berth_pods_bound", "Pods that are bound", Insight.Figures::podsBound);
        figures.gauge("berth_gangs_waiting", "Gangs without places", Insight.Figures::gangsWaiting);
        figures.gauge(
                "berth_nodes_overcommitted",
                "Nodes on which pods hold more than there is",
                Insight.Figures::overcommittedNodes);
        figures.gauge(
                "berth_pods_gpus_known",
                "Bound pods with GPUs, whole or in part, of which it was read back which ones they have",
                Insight.Figures::podsGpusKnown);
        figures.gauge(
                "berth_pods_gpus_not_known",
                "Bound pods with GPUs of which only the plan is known",
                Insight.Figures::podsGpusNotKnown);
        figures.gauge(
                "berth_pods_on_other_gpus",
                "Bound pods that the device plugin gave other GPUs than those planned",
                Insight.Figures::podsOnOtherGpus);
        figures.counter(
                "berth_gpu_reports_ignored_total",
                "Pods of which what was read back of their GPUs could not be",
                Insight.Figures::gpuReportsIgnored);
        figures.counter("berth_pods_placed_total", "Pods that were given a place", Insight.Figures::placed);
        figures.counter(
                "berth_pods_refused_total", "Pods that found no place when they first asked", Insight.Figures::refused);
        figures.counter(
                "berth_drift_repairs_total",
                "Differences between Berth's book and the cluster that were found and repaired",
                Insight.Figures::driftRepairs);
        figures.counter(
                "berth_pods_healed_total",
                "Pods deleted to be made anew, because what they were promised was gone",
                Insight.Figures::healed);
        figures.counter(
                "berth_reservations_expired_total", "Reservations that were given up", Insight.Figures::expired);
    }

    private final class Figures {
        private final Insight insight;

        Figures(Insight insight) {
            this.insight = insight;
        }

        void gauge(String name, String help, ToDoubleFunction<Insight.Figures> value) {
            ServerMetrics.this.gauge(name, help, () -> value.applyAsDouble(insight.figures()));
        }

        void counter(String name, String help, ToLongFunction<Insight.Figures> value) {
            CounterWithCallback.builder()
                    .name(name)
                    .help(help)
                    .callback(callback -> callback.call((double) value.applyAsLong(insight.figures())))
                    .register(registry);
        }
    }

    private void ofListeners() {
        ofEach(
                "berth_http_running",
                "Requests that have a thread",
                l -> l.workers().running());
        ofEach(
                "berth_http_waiting",
                "Requests that wait for a thread",
                l -> l.workers().waiting());
        countEach(
                "berth_http_connections_cut_total",
                "Connections closed because the client sent or received too slowly",
                l -> l.workers().cut());
        countEach(
                "berth_http_connections_refused_total",
                "Connections closed because too many requests waited",
                l -> l.workers().turnedAway());
        countEach("berth_tls_reload_failures_total", "Changes of certificate files to what cannot be used", l -> {
            TlsMaterial tls = l.tls();
            return tls == null ? 0 : tls.failures();
        });
        GaugeWithCallback.builder()
                .name("berth_tls_certificate_not_after_seconds")
                .help("When the server's certificate ends, in seconds since 1970")
                .labelNames("listener")
                .callback(callback -> {
                    for (HttpListener listener : listeners) {
                        TlsMaterial tls = listener.tls();
                        if (tls != null) {
                            callback.call(tls.notAfter().toEpochMilli() / 1000.0, listener.name());
                        }
                    }
                })
                .register(registry);
    }

    private interface Value {
        double now();
    }

    private void gauge(String name, String help, Value value) {
        GaugeWithCallback.builder()
                .name(name)
                .help(help)
                .callback(callback -> callback.call(value.now()))
                .register(registry);
    }

    private void ofEach(String name, String help, ToDoubleFunction<HttpListener> value) {
        GaugeWithCallback.builder()
                .name(name)
                .help(help)
                .labelNames("listener")
                .callback(callback -> listeners.forEach(l -> callback.call(value.applyAsDouble(l), l.name())))
                .register(registry);
    }

    private void countEach(String name, String help, ToLongFunction<HttpListener> value) {
        CounterWithCallback.builder()
                .name(name)
                .help(help)
                .labelNames("listener")
                .callback(callback -> listeners.forEach(l -> callback.call((double) value.applyAsLong(l), l.name())))
                .register(registry);
    }

    void listeners(List<HttpListener> all) {
        listeners = List.copyOf(all);
    }

    void finished(String listener, String route, int status, long nanos) {
        duration.labelValues(listener, route).observe(nanos / (double) TimeUnit.SECONDS.toNanos(1));
        requests.labelValues(listener, route, Integer.toString(status)).inc();
    }

    void internalError() {
        internalErrors.inc();
    }

    void decided(String verb, long nanos) {
        decision.labelValues(verb).observe(nanos / (double) TimeUnit.SECONDS.toNanos(1));
    }

    void answered(String verb, String outcome) {
        answers.labelValues(verb, outcome).inc();
    }

    void reviewed(String outcome) {
        reviewed.labelValues(outcome).inc();
    }

    /** For others of this process to add theirs. */
    PrometheusRegistry registry() {
        return registry;
    }

    /** Answers with all figures, in the text format that the client prefers. */
    void scrape(Call call) throws IOException {
        ExpositionFormatWriter writer = formats.findWriter(textOnly(call.header("Accept")));
        ByteArrayOutputStream out = new ByteArrayOutputStream(16 << 10);
        writer.write(out, registry.scrape());
        call.answer(200, writer.getContentType(), out.toByteArray());
    }

    /** The binary format needs a library that is not here; a client that would take it takes text too. */
    private static @Nullable String textOnly(@Nullable String accept) {
        return accept == null || accept.toLowerCase(Locale.ROOT).contains("vnd.google.protobuf") ? null : accept;
    }
}
