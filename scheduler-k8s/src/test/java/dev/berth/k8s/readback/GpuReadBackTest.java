package dev.berth.k8s.readback;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.berth.k8s.engine.ClusterEvents;
import dev.berth.k8s.engine.GpuReport;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sources are read again and again, whatever becomes of one of them. */
class GpuReadBackTest {
    private final BlockingQueue<Collection<GpuReport>> told = new LinkedBlockingQueue<>();
    private final PrometheusRegistry registry = new PrometheusRegistry();

    @TempDir
    private Path folder;

    private ClusterEvents events() {
        return (ClusterEvents) Proxy.newProxyInstance(
                ClusterEvents.class.getClassLoader(), new Class<?>[] {ClusterEvents.class}, (proxy, method, args) -> {
                    assertThat(method.getName()).isEqualTo("gpusSeen");
                    @SuppressWarnings("unchecked")
                    Collection<GpuReport> reports = (Collection<GpuReport>) args[0];
                    told.add(List.copyOf(reports));
                    return null;
                });
    }

    private double rounds(String source, String outcome) {
        return registry.scrape(name -> name.equals("berth_gpu_read_back_rounds")).stream()
                .map(CounterSnapshot.class::cast)
                .flatMap(snapshot -> snapshot.getDataPoints().stream())
                .filter(point -> source.equals(point.getLabels().get("source"))
                        && outcome.equals(point.getLabels().get("outcome")))
                .mapToDouble(CounterSnapshot.CounterDataPointSnapshot::getValue)
                .sum();
    }

    @Test
    void aSourceThatFailsIsAskedAgainAndKeepsNoOtherWaiting() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            boolean fails = asked.incrementAndGet() == 1;
            byte[] body = (fails
                            ? "{}"
                            : "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[{\"metric\":"
                                    + "{\"gpu\":\"4\",\"pod\":\"b\",\"namespace\":\"train\"},\"value\":[1,\"2\"]}]}}")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(fails ? 500 : 200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        Files.writeString(folder.resolve("node-1.json"), """
                {"pod_resources":[{"name":"a","namespace":"train","containers":[{"devices":[
                {"resource_name":"nvidia.com/gpu","device_ids":["GPU-1"]}]}]}]}""");
        ReadBackSettings settings = new ReadBackSettings(
                new ReadBackSettings.Prometheus(
                        URI.create("http://127.0.0.1:" + server.getAddress().getPort()),
                        "x",
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(60),
                        null,
                        null),
                new ReadBackSettings.PodResources(folder, Duration.ofSeconds(1)));
        try (GpuReadBack readBack = new GpuReadBack(settings, Set.of("nvidia.com/gpu"), events(), registry)) {
            readBack.start();
            boolean hasA = false;
            boolean hasB = false;
            while (!hasA || !hasB) {
                Collection<GpuReport> next = told.poll(60, TimeUnit.SECONDS);
                assertThat(next).as("nothing more is told").isNotNull().hasSize(1);
                String pod = next.iterator().next().podName();
                hasA |= pod.equals("a");
                hasB |= pod.equals("b");
            }
        } finally {
            server.stop(0);
        }
        assertThat(rounds("prometheus", "failed")).isEqualTo(1);
        assertThat(rounds("podResources", "failed")).isZero();
        assertThat(rounds("podResources", "read")).isPositive();
    }

    @Test
    void withoutASourceNothingIsRead() throws IOException {
        try (GpuReadBack readBack = new GpuReadBack(ReadBackSettings.OFF, Set.of(), events(), registry)) {
            readBack.start();
        }
        assertThat(told).isEmpty();
    }
}
