package dev.berth.k8s.readback;

import dev.berth.k8s.engine.ClusterEvents;
import dev.berth.k8s.readback.GpuSource.Told;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads again and again which GPUs pods have, and tells it; each source by a thread of its own, so that none waits for another. What goes wrong is logged once, until it is another
 * thing or over. Thread-safe.
 */
public final class GpuReadBack implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GpuReadBack.class);
    private static final int PROBLEMS_AT_ONCE = 5;

    private final ClusterEvents events;
    private final Counter rounds;
    private final Gauge last;
    private final List<Thread> threads = new ArrayList<>();
    private final CountDownLatch ended = new CountDownLatch(1);

    /**
     * Reads what the settings name, once it is started.
     *
     * @param gpuResources extended resources that are GPUs; those of MIG instances are besides
     * @param registry where its figures are registered
     * @throws IOException if a file that the settings name cannot be read; the message names it
     */
    public GpuReadBack(
            ReadBackSettings settings, Set<String> gpuResources, ClusterEvents events, PrometheusRegistry registry)
            throws IOException {
        this.events = events;
        rounds = Counter.builder()
                .name("berth_gpu_read_back_rounds_total")
                .help("Times that a source of pods' GPUs was read, by what came of it")
                .labelNames("source", "outcome")
                .register(registry);
        last = Gauge.builder()
                .name("berth_gpu_read_back_last_seconds")
                .help("When a source of pods' GPUs was last read, in seconds since 1970")
                .labelNames("source")
                .register(registry);
        if (settings.prometheus() != null) {
            add(
                    new PrometheusSource(settings.prometheus(), PrometheusSource.MOST_BYTES),
                    settings.prometheus().every());
        }
        if (settings.podResources() != null) {
            add(
                    new PodResourcesFolder(settings.podResources(), gpuResources),
                    settings.podResources().every());
        }
    }

    private void add(GpuSource source, Duration every) {
        rounds.initLabelValues(source.name(), "read");
        rounds.initLabelValues(source.name(), "failed");
        Thread thread = new Thread(() -> go(source, every), "read back " + source.name());
        thread.setDaemon(true);
        threads.add(thread);
    }

    /** Starts to read. Called once. */
    public void start() {
        threads.forEach(Thread::start);
    }

    private void go(GpuSource source, Duration every) {
        Set<String> said = new HashSet<>();
        try {
            do {
                said = round(source, said);
            } while (!ended.await(every.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            LOG.debug("reading {} ends", source.name());
        }
    }

    /** One round; what is wrong now. */
    private Set<String> round(GpuSource source, Set<String> said) throws InterruptedException {
        Set<String> problems = new HashSet<>();
        String outcome = "failed";
        try {
            Told told = source.read();
            events.gpusSeen(told.reports());
            problems.addAll(told.problems());
            outcome = "read";
            last.labelValues(source.name()).set(System.currentTimeMillis() / 1000.0);
        } catch (IOException e) {
            problems.add(String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            LOG.error("reading back GPUs by {} failed by an error in Berth", source.name(), e);
        }
        rounds.labelValues(source.name(), outcome).inc();
        List<String> news = problems.stream()
                .filter(problem -> !said.contains(problem))
                .sorted()
                .toList();
        for (String problem : news.subList(0, Math.min(news.size(), PROBLEMS_AT_ONCE))) {
            LOG.warn("which GPUs pods have is not all known: {}", problem);
        }
        if (news.size() > PROBLEMS_AT_ONCE) {
            LOG.warn("which GPUs pods have is not all known: {} further problems", news.size() - PROBLEMS_AT_ONCE);
        }
        if (problems.isEmpty() && !said.isEmpty()) {
            LOG.info("which GPUs pods have is read by {} again", source.name());
        }
        return problems;
    }

    /** Ends reading; what is under way is cut. */
    @Override
    public void close() {
        ended.countDown();
        threads.forEach(Thread::interrupt);
    }
}
