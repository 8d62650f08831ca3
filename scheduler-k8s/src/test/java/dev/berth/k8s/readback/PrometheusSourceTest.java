package dev.berth.k8s.readback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import dev.berth.k8s.engine.GpuReport;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is made of a Prometheus that answers well, late, badly or too much. */
class PrometheusSourceTest {
    private static final String ANSWER = """
            {"status":"success","data":{"resultType":"vector","result":[
            {"metric":{"gpu":"2","UUID":"GPU-c","Hostname":"node-1","namespace":"train","pod":"a"},"value":[9,"100.5"]},
            {"metric":{"gpu":"0","UUID":"GPU-a","Hostname":"node-1","namespace":"train","pod":"a"},"value":[9,"99.5"]},
            {"metric":{"gpu":"1","UUID":"GPU-b","Hostname":"node-1","namespace":"train","pod":"b"},"value":[9,"100"]}]}}""";

    private final AtomicReference<HttpHandler> handler = new AtomicReference<>();
    private final CountDownLatch end = new CountDownLatch(1);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private HttpServer server;

    @TempDir
    private Path folder;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", exchange -> handler.get().handle(exchange));
        server.start();
    }

    @AfterEach
    void stop() {
        end.countDown();
        server.stop(0);
        threads.shutdownNow();
    }

    private String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private PrometheusSource source(Path token, Duration timeout, int mostBytes) throws IOException {
        return new PrometheusSource(
                new ReadBackSettings.Prometheus(
                        URI.create(url() + "/main/"),
                        "DCGM_FI_DEV_FB_USED{cluster=\"a+b\"}",
                        Duration.ofSeconds(1),
                        timeout,
                        token,
                        null),
                mostBytes);
    }

    private PrometheusSource source() throws IOException {
        return source(null, Duration.ofSeconds(60), 1 << 20);
    }

    private static void answer(HttpExchange exchange, int status, String type, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        if (type != null) {
            exchange.getResponseHeaders().set("Content-Type", type);
        }
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private void always(int status, String type, String body) {
        handler.set(exchange -> answer(exchange, status, type, body));
    }

    @Test
    void oneQueryTellsWhatEachPodHas() throws Exception {
        AtomicReference<String> asked = new AtomicReference<>();
        AtomicReference<String> authorization = new AtomicReference<>();
        handler.set(exchange -> {
            asked.set(exchange.getRequestURI().getPath() + "?"
                    + exchange.getRequestURI().getQuery());
            authorization.set(exchange.getRequestHeaders().getFirst("Authorization"));
            answer(exchange, 200, "application/json; charset=utf-8", ANSWER);
        });
        Path token = Files.writeString(folder.resolve("token"), "s3cret\n");
        GpuSource.Told told = source(token, Duration.ofSeconds(60), 1 << 20).read();
        assertThat(told.problems()).isEmpty();
        assertThat(told.reports())
                .containsExactly(
                        new GpuReport(
                                "train",
                                "a",
                                "",
                                "node-1",
                                List.of(new GpuReport.Device("GPU-c", 2), new GpuReport.Device("GPU-a", 0)),
                                99_500),
                        new GpuReport("train", "b", "", "node-1", List.of(new GpuReport.Device("GPU-b", 1)), 100_000));
        assertThat(asked.get())
                .startsWith("/main/api/v1/query?query=max+by+(gpu,GPU_I_ID,vgpu,exported_pod,pod,")
                .endsWith(")+(timestamp(DCGM_FI_DEV_FB_USED{cluster=\"a+b\"}))");
        assertThat(authorization.get()).isEqualTo("Bearer s3cret");
    }

    @Test
    void aSeriesThatCannotBeUsedIsAProblemAndCostsNoOther() throws Exception {
        always(200, "application/json", ANSWER.replace("\"gpu\":\"1\"", "\"gpu\":\"-1\""));
        GpuSource.Told told = source().read();
        assertThat(told.reports()).extracting(GpuReport::podName).containsExactly("a");
        assertThat(told.problems())
                .containsExactly(url()
                        + "/main/ answered: data.result[2].metric.gpu is \"-1\", allowed: whole numbers from 0 to 999");
    }

    @Test
    void anErrorOfPrometheusIsSaid() {
        always(
                400,
                "application/json",
                "{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"no such thing\"}");
        assertThatThrownBy(() -> source().read())
                .isInstanceOf(IOException.class)
                .hasMessage(url()
                        + "/main/ answered: status is \"error\" with error \"no such thing\", allowed: \"success\"");
    }

    @Test
    void whatIsNoAnswerOfPrometheusIsSaid() {
        always(503, "text/html", "<html>");
        assertThatThrownBy(() -> source().read()).hasMessage(url() + "/main/: answered with status 503, allowed: 200");
        always(200, "text/html", "<html>");
        assertThatThrownBy(() -> source().read())
                .hasMessage(url() + "/main/: answered with content type 'text/html', allowed: application/json");
        always(200, null, ANSWER);
        assertThatThrownBy(() -> source().read()).hasMessageContaining("content type 'none'");
        always(302, "application/json", "{}");
        assertThatThrownBy(() -> source().read()).hasMessageContaining("status 302");
        always(200, "application/json", ANSWER.substring(0, 100));
        assertThatThrownBy(() -> source().read()).hasMessageContaining("/main/ answered: not JSON at line 2");
    }

    @Test
    void anAnswerThatIsTooLargeIsNotReadToItsEnd() {
        handler.set(exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, 0);
            byte[] some = " ".repeat(8192).getBytes(StandardCharsets.UTF_8);
            try (OutputStream out = exchange.getResponseBody()) {
                while (end.getCount() > 0) {
                    out.write(some);
                }
            }
        });
        assertThatThrownBy(() -> source(null, Duration.ofSeconds(60), 100_000).read())
                .hasMessage(url() + "/main/: answered with more than 100000 bytes");
    }

    @Test
    void whoDoesNotAnswerInTimeIsCut() {
        handler.set(exchange -> await());
        assertThatThrownBy(() -> source(null, Duration.ofSeconds(1), 1 << 20).read())
                .hasMessage(url() + "/main/ has not answered within 1.0 s");
    }

    @Test
    void whoDoesNotEndItsAnswerInTimeIsCut() {
        handler.set(exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write("{\"status\"".getBytes(StandardCharsets.UTF_8));
            exchange.getResponseBody().flush();
            await();
        });
        assertThatThrownBy(() -> source(null, Duration.ofSeconds(1), 1 << 20).read())
                .hasMessage(url() + "/main/ has not answered within 1.0 s");
    }

    private void await() {
        try {
            end.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void whoIsNotThereIsNamed() throws IOException {
        PrometheusSource source = source();
        server.stop(0);
        assertThatThrownBy(source::read).isInstanceOf(IOException.class).hasMessageStartingWith(url() + "/main/ ");
    }

    @Test
    void filesThatCannotBeUsedAreNamed() throws IOException {
        Path none = folder.resolve("none");
        assertThatThrownBy(() -> source(none, Duration.ofSeconds(60), 1).read())
                .hasMessageStartingWith("the token " + none + " cannot be read");
        Path empty = Files.writeString(folder.resolve("empty"), "a b\n");
        assertThatThrownBy(() -> source(empty, Duration.ofSeconds(60), 1).read())
                .hasMessageStartingWith("the token " + empty + " is empty or has other characters");
        assertThatThrownBy(() -> new PrometheusSource(
                        new ReadBackSettings.Prometheus(
                                URI.create("https://127.0.0.1:1"),
                                "x",
                                Duration.ofSeconds(1),
                                Duration.ofSeconds(1),
                                null,
                                empty),
                        1))
                .hasMessageStartingWith(empty + " has no block CERTIFICATE");
    }
}
