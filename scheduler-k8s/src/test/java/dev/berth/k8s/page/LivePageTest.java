package dev.berth.k8s.page;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.berth.k8s.engine.ClusterView;
import dev.berth.k8s.engine.ClusterView.NodeView;
import dev.berth.k8s.engine.ClusterView.WaitingView;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The page over HTTP, but for its stream of decisions. */
final class LivePageTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final LivePage.Limits LIMITS = new LivePage.Limits(
            2, Duration.ofSeconds(15), Duration.ofSeconds(10), Duration.ofMinutes(1), Duration.ZERO);

    private final HttpClient client = HttpClient.newHttpClient();
    private final FakeInsight insight = new FakeInsight(DemoCluster.small());
    private PageServer server;

    @BeforeEach
    void start() throws IOException {
        server = new PageServer(insight, LIMITS);
    }

    @AfterEach
    void end() {
        server.close();
    }

    private HttpResponse<byte[]> get(String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(server.uri(path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    private static String header(HttpResponse<?> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }

    private static String text(HttpResponse<byte[]> response) {
        return new String(response.body(), StandardCharsets.UTF_8);
    }

    @Test
    void allThatThePageLoadsIsServedByItself() throws Exception {
        HttpResponse<byte[]> page = get("/");
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(header(page, "Content-Type")).isEqualTo("text/html; charset=utf-8");
        String policy = header(page, "Content-Security-Policy");
        assertThat(policy)
                .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'")
                .doesNotContain("unsafe", "http");
        Matcher loaded = Pattern.compile("(?:src|href)=\"([^\"]+)\"").matcher(text(page));
        List<String> paths = new ArrayList<>();
        while (loaded.find()) {
            paths.add(loaded.group(1));
        }
        assertThat(paths).contains("page.js", "page.css", "icon.svg").allMatch(path -> path.matches("[a-z0-9./]+"));
        for (String path : paths) {
            assertThat(get("/" + path).statusCode()).as(path).isEqualTo(200);
        }
        assertThat(text(page)).doesNotContain("style=", "onclick=", "<style", "<script>");
        for (String file : List.of("/page.js", "/page.css")) {
            assertThat(text(get(file))).doesNotContain("http://", "https://", "eval(", "innerHTML");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/page.js", "/page.css", "/icon.svg", "/v1/view"})
    void whatIsKnownIsNotSentAgain(String path) throws Exception {
        HttpResponse<byte[]> plain = get(path);
        String tag = header(plain, "ETag");
        assertThat(tag).matches("\"[0-9a-f]+\"");
        assertThat(header(plain, "Vary")).isEqualTo("Accept-Encoding");
        HttpResponse<byte[]> known = get(path, "If-None-Match", "\"other\", W/" + tag);
        assertThat(known.statusCode()).isEqualTo(304);
        assertThat(known.body()).isEmpty();

        HttpResponse<byte[]> packed = get(path, "Accept-Encoding", "br, gzip;q=0.8");
        assertThat(header(packed, "Content-Encoding")).isEqualTo("gzip");
        assertThat(header(packed, "ETag")).isNotEqualTo(tag);
        try (GZIPInputStream unpacked = new GZIPInputStream(new ByteArrayInputStream(packed.body()))) {
            assertThat(unpacked.readAllBytes()).isEqualTo(plain.body());
        }
        assertThat(header(get(path, "Accept-Encoding", "gzip;q=0"), "Content-Encoding"))
                .isEmpty();
    }

    @Test
    void theViewNamesEveryNodeAndWhatIsHeldOfIt() throws Exception {
        JsonNode json = MAPPER.readTree(get("/v1/view").body());
        ClusterView view = insight.view();
        assertThat(json.path("leading").asBoolean()).isTrue();
        assertThat(json.path("nodes")).hasSize(12);
        for (int i = 0; i < 12; i++) {
            NodeView node = view.nodes().get(i);
            JsonNode row = json.path("nodes").get(i);
            assertThat(row.get(0).asText()).isEqualTo(node.name());
            JsonNode place = json.path("places").get(row.get(1).asInt());
            assertThat(place.get(0).asText()).isEqualTo(node.rack());
            List<String> domains = new ArrayList<>();
            place.forEach(one -> domains.add(one.asText()));
            assertThat(domains.subList(1, domains.size())).isEqualTo(node.domains());
            assertThat(json.path("models").get(row.get(2).asInt()).asText()).isEqualTo(node.model());
            assertThat(json.path("states").get(row.get(3).asInt()).asText()).isEqualTo(node.state());
            assertThat(json.path("held").get(row.get(4).asInt()).toString())
                    .isEqualTo(node.gpuHeldMilli().toString().replace(" ", ""));
            assertThat(json.path("islands").get(row.get(5).asInt()).toString())
                    .isEqualTo(node.islands().toString().replace(" ", ""));
        }
        assertThat(json.at("/waiting/gangs").asInt()).isEqualTo(2);
        assertThat(json.at("/waiting/pods").asInt()).isEqualTo(1);
        assertThat(json.at("/waiting/first/0/name").asText()).isEqualTo("train/llama-405b");
        assertThat(json.at("/waiting/first/0/minPods").asInt()).isEqualTo(64);
    }

    @Test
    void fiveThousandNodesStayUnderFourHundredKilobytes() {
        assertThat(ViewJson.of(DemoCluster.large(5000, 1)).length).isLessThan(400_000);
        // Every node with a pattern of its own, and a long queue.
        List<NodeView> nodes = new ArrayList<>();
        for (int i = 0; i < 5000; i++) {
            nodes.add(new NodeView(
                    "ip-10-0-" + i / 256 + "-" + i % 256,
                    "rack-" + i / 16,
                    List.of("leaf-" + i / 16, "spine-" + i / 512),
                    "NVIDIA-H100-80GB-HBM3",
                    "READY",
                    List.of(i % 1000, i / 1000, 250, 500, 750, 1000, 0, 1000),
                    List.of(0, 0, 0, 0, 1, 1, 1, 1),
                    List.of()));
        }
        List<WaitingView> waiting = new ArrayList<>();
        for (int i = 0; i < 40_000; i++) {
            waiting.add(new WaitingView("namespace/pod-" + i, false, 1, 1, 0, 1_700_000_000_000L, "x".repeat(200)));
        }
        byte[] json = ViewJson.of(new ClusterView(1, true, nodes, waiting));
        assertThat(json.length).isLessThan(450_000);
        assertThat(Answer.gzip(json).length).isLessThan(100_000);
    }

    @Test
    void manyWhoAskCostWhatOneCosts() {
        long[] now = {1000};
        ViewCache cache = new ViewCache(insight, Duration.ofNanos(100), () -> now[0]);
        ViewCache.Rendered first = cache.get();
        now[0] += 99;
        assertThat(cache.get()).isSameAs(first);
        assertThat(insight.views.get()).isEqualTo(1);
        now[0] += 1;
        // Asked again, and found to be the same.
        assertThat(cache.get()).isSameAs(first);
        assertThat(insight.views.get()).isEqualTo(2);
        insight.decide("bound", "a/b", null, null, List.of(), "a/b was bound");
        now[0] += 100;
        assertThat(cache.get()).isNotSameAs(first);
    }

    @Test
    void tellsWhoHoldsWhatOnANode() throws Exception {
        JsonNode json = MAPPER.readTree(get("/v1/node?name=dgx-h100-001").body());
        assertThat(json.path("pods").asInt()).isEqualTo(1);
        assertThat(json.at("/first/0/name").asText()).isEqualTo("llama-70b-0");
        assertThat(json.at("/first/0/gang").asText()).isEqualTo("train/llama-70b");
        HttpResponse<byte[]> missing = get("/v1/node?name=dgx%2Fh100");
        assertThat(missing.statusCode()).isEqualTo(404);
        assertThat(text(missing)).contains("no node 'dgx/h100'");
    }

    @Test
    void tellsWhy() throws Exception {
        HttpResponse<byte[]> response = get("/v1/why?namespace=team-vision&pod=eval-x");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(ExplanationJson.read(text(response)))
                .isEqualTo(insight.why("team-vision", "eval-x").orElseThrow());
        assertThat(get("/v1/why?namespace=team-vision&pod=other").statusCode()).isEqualTo(404);
        insight.ready = false;
        HttpResponse<byte[]> late = get("/v1/why?namespace=team-vision&pod=eval-x");
        assertThat(late.statusCode()).isEqualTo(503);
        assertThat(text(late)).contains("does not lead");
    }

    @Test
    void tellsHowItStands() throws Exception {
        Status status = StatusJson.read(text(get("/v1/status")));
        assertThat(status)
                .isEqualTo(new Status(true, insight.figures(), insight.view().waiting()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/v1/why                        | 400 | parameter 'namespace' is missing",
                "/v1/why?namespace=a            | 400 | parameter 'pod' is missing",
                "/v1/why?namespace=a&namespace=b | 400 | comes twice",
                "/v1/find                       | 400 | parameter 'text' is missing",
                "/v1/other                      | 404 | nothing at this path",
                "/v1/view/more                  | 404 | nothing at this path",
                "/page.jsx                      | 404 | nothing at this path",
            })
    void refusesWhatItCannotAnswer(String path, int status, String message) throws Exception {
        HttpResponse<byte[]> response = get(path);
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(MAPPER.readTree(response.body()).path("error").asText()).contains(message);
    }

    @Test
    void changesNothing() throws Exception {
        for (String method : List.of("POST", "PUT", "DELETE", "PATCH")) {
            HttpResponse<byte[]> response = client.send(
                    HttpRequest.newBuilder(server.uri("/v1/view"))
                            .method(method, HttpRequest.BodyPublishers.ofString("{}"))
                            .build(),
                    HttpResponse.BodyHandlers.ofByteArray());
            assertThat(response.statusCode()).as(method).isEqualTo(405);
            assertThat(header(response, "Allow")).isEqualTo("GET, HEAD");
        }
        HttpResponse<byte[]> head = client.send(
                HttpRequest.newBuilder(server.uri("/v1/view"))
                        .method("HEAD", HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(header(head, "Content-Length"))
                .isEqualTo(Integer.toString(get("/v1/view").body().length));
    }

    @Test
    void findsPodsGangsAndWhoWaits() throws Exception {
        JsonNode json = MAPPER.readTree(get("/v1/find?text=Train%2FLLAMA").body());
        assertThat(json.path("nodes").toString()).isEqualTo("[\"dgx-h100-001\",\"dgx-h100-002\"]");
        assertThat(json.path("pods").asInt()).isEqualTo(2);
        assertThat(json.at("/first/1/pod").asText()).isEqualTo("train/llama-70b-1");
        assertThat(json.at("/waiting/gangs").asInt()).isEqualTo(1);
        JsonNode none = MAPPER.readTree(get("/v1/find?text=nobody").body());
        assertThat(none.path("nodes")).isEmpty();
    }
}
