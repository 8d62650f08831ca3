package dev.berth.k8s.rig;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** {@code serve} with a Prometheus that tells other GPUs than those planned. */
@RealCluster
class ReadBackScenarioTest {
    @Test
    void podsAreAccountedToTheGpusThatTheyHaveAlsoByTheNextBerth() throws IOException {
        HttpServer prometheus = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        try (Scene scene = Scene.open(Mode.STEERED)) {
            prometheus.createContext("/api/v1/query", exchange -> {
                byte[] body = answer(scene.namespace(), Map.of("a", List.of(4, 5), "s", List.of(6)))
                        .getBytes(StandardCharsets.UTF_8);
                exchange.getResponseHeaders().set("Content-Type", "application/json");
                exchange.sendResponseHeaders(200, body.length);
                exchange.getResponseBody().write(body);
                exchange.close();
            });
            prometheus.start();
            scene.nodes(1, 8);
            BerthSettings settings = scene.settings()
                    .with("readBack: {prometheus: {url: 'http://127.0.0.1:"
                            + prometheus.getAddress().getPort() + "', everySeconds: 1}}");
            BerthProcess first = scene.startBerth(settings).awaitReady();
            create(scene, "a", 2);
            create(scene, "b", 2);
            Pod share = new PodBuilder(pod(scene, "s", 1))
                    .editMetadata()
                    .addToAnnotations(Truth.MILLI, "500")
                    .endMetadata()
                    .build();
            scene.job(share);
            scene.awaitBound("some", 3);
            awaitKnown(scene, first);
            first.kill();
            BerthProcess second = scene.startBerth(settings).awaitReady();
            awaitKnown(scene, second);
            create(scene, "c", 3);
            scene.awaitBound("some", 4);
            String planned = scene.pods("some").stream()
                    .filter(pod -> pod.getMetadata().getName().equals("c"))
                    .map(pod -> Truth.annotation(pod, Truth.GPUS))
                    .findFirst()
                    .orElseThrow();
            assertThat(Arrays.stream(planned.split(",")).map(Integer::valueOf))
                    .hasSize(3)
                    .doesNotContain(4, 5, 6);
            JsonNode b = second.why(scene.namespace(), "b");
            assertThat(b.path("gpusKnown").asBoolean()).isFalse();
            // What the checks of a scene compare are plans, and a's was for others than it has.
            scene.skipCheck();
        } finally {
            prometheus.stop(0);
        }
    }

    private static void create(Scene scene, String name, int gpus) {
        scene.job(pod(scene, name, gpus));
    }

    private static Pod pod(Scene scene, String name, int gpus) {
        return new PodBuilder(scene.pod(name, gpus))
                .editMetadata()
                .addToLabels(Scene.APP, "some")
                .endMetadata()
                .build();
    }

    private static void awaitKnown(Scene scene, BerthProcess berth) {
        Await.until(
                "a to be accounted to GPUs 4 and 5 and s to 6, by a Berth that says:\n" + berth.log(),
                () -> berth.metric("berth_pods_gpus_known").orElse(0) == 2);
        has(scene, berth, "a", 4, 5);
        has(scene, berth, "s", 6);
        assertThat(berth.metric("berth_pods_gpus_not_known")).hasValue(1);
        assertThat(berth.metric("berth_pods_on_other_gpus")).hasValue(2);
        assertThat(berth.metrics())
                .contains("berth_gpu_read_back_rounds_total{outcome=\"read\",source=\"prometheus\"}");
    }

    private static void has(Scene scene, BerthProcess berth, String pod, Integer... gpus) {
        JsonNode why = berth.why(scene.namespace(), pod);
        assertThat(why.path("gpusKnown").asBoolean()).isTrue();
        assertThat(StreamSupport.stream(why.path("gpus").spliterator(), false).map(JsonNode::asInt))
                .containsExactly(gpus);
        assertThat(why.path("sentence").asText()).contains("the device plugin chose them");
    }

    /** As Prometheus answers where it keeps the label pod for the exporter's own; the samples are of now. */
    private static String answer(String namespace, Map<String, List<Integer>> gpus) {
        String series = gpus.entrySet().stream()
                .flatMap(pod -> pod.getValue().stream()
                        .map(gpu -> String.format(
                                Locale.ROOT,
                                "{\"metric\":{\"gpu\":\"%d\",\"UUID\":\"GPU-%d\",\"Hostname\":\"dcgm-exporter-x\",\"namespace\":\"gpu-operator\","
                                        + "\"pod\":\"dcgm-exporter-x\",\"exported_namespace\":\"%s\",\"exported_pod\":\"%s\"},"
                                        + "\"value\":[1,\"%d\"]}",
                                gpu,
                                gpu,
                                namespace,
                                pod.getKey(),
                                System.currentTimeMillis() / 1000 + 2)))
                .collect(Collectors.joining(","));
        return "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[" + series + "]}}";
    }
}
