package dev.berth.k8s.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What /metrics says, and that the docs say the same of it. */
final class ServerMetricsTest {
    private static final Pattern NAME = Pattern.compile("`(berth_[a-z_]+)`");
    /** Of a histogram, its own name. */
    private static final Pattern ASKED = Pattern.compile("\\b(berth_[a-z_]+?)(?:_bucket|_sum|_count)?(?![a-z_])");

    private static final Pattern TYPE = Pattern.compile("(?m)^# TYPE (berth_[a-z_]+) ");

    @Test
    void theDocsNameWhatThereIs() throws Exception {
        try (TestServer server = new TestServer()) {
            server.ask("/filter", TestServer.wire("filter.json"));
            server.ask("/bind", TestServer.wire("bind.json"));
            server.mutate("{\"apiVersion\":\"admission.k8s.io/v1\",\"request\":{\"uid\":\"u\"}}");
            Set<String> there = names(TYPE, scrape(server, "text/plain").body());
            // Only where there is TLS.
            there.add("berth_tls_certificate_not_after_seconds");
            // Only where GPUs are read back.
            there.addAll(Set.of("berth_gpu_read_back_rounds_total", "berth_gpu_read_back_last_seconds"));
            String docs = Files.readString(Path.of("..", "docs", "kubernetes-metrics.md"));
            Set<String> documented = new TreeSet<>();
            docs.lines().filter(line -> line.startsWith("| `berth_")).forEach(line -> {
                Matcher matcher = NAME.matcher(line);
                assertThat(matcher.find()).isTrue();
                documented.add(matcher.group(1));
            });
            assertThat(there).isEqualTo(documented);
            assertThat(names(NAME, docs)).isSubsetOf(documented);
        }
    }

    @Test
    void theDashboardAndTheAlertsAskForWhatThereIs() throws Exception {
        Set<String> documented = names(NAME, Files.readString(Path.of("..", "docs", "kubernetes-metrics.md")));
        for (String file : List.of("files/dashboard.json", "templates/monitoring.yaml")) {
            Set<String> asked =
                    names(ASKED, Files.readString(Path.of("deploy", "berth").resolve(file)));
            assertThat(asked).as(file).isNotEmpty().isSubsetOf(documented);
        }
        assertThat(names(ASKED, Files.readString(Path.of("deploy", "berth", "files", "dashboard.json"))))
                .contains(
                        "berth_pods_gpus_known",
                        "berth_pods_gpus_not_known",
                        "berth_pods_on_other_gpus",
                        "berth_gpu_reports_ignored_total");
    }

    private static Set<String> names(Pattern pattern, String text) {
        Set<String> names = new TreeSet<>();
        Matcher matcher = pattern.matcher(text);
        while (matcher.find()) {
            names.add(matcher.group(1));
        }
        return names;
    }

    @Test
    void figuresAreThoseOfTheEngine() throws Exception {
        try (TestServer server = new TestServer()) {
            assertThat(HttpListenerTest.metric(server, "berth_gpus")).isEqualTo(16);
            assertThat(HttpListenerTest.metric(server, "berth_gpus_held")).isEqualTo(2.5);
            assertThat(HttpListenerTest.metric(server, "berth_pods_placed_total"))
                    .isEqualTo(7);
            assertThat(HttpListenerTest.metric(server, "berth_ready")).isEqualTo(1);
            server.insight.ready = false;
            assertThat(HttpListenerTest.metric(server, "berth_ready")).isZero();
        }
    }

    @Test
    void requestsAreCounted() throws Exception {
        try (TestServer server = new TestServer()) {
            server.ask("/filter", TestServer.wire("filter.json"));
            server.ask("/filter", "broken");
            server.ask("/nothing", "");
            // Counted after it was answered: the client may be first.
            until(server, "berth_http_requests_total{code=\"200\",listener=\"extender\",route=\"filter\"}");
            until(server, "berth_http_requests_total{code=\"400\",listener=\"extender\",route=\"filter\"}");
            until(server, "berth_http_requests_total{code=\"404\",listener=\"extender\",route=\"other\"}");
            assertThat(HttpListenerTest.metric(
                            server, "berth_extender_answers_total{outcome=\"placed\",verb=\"filter\"}"))
                    .isEqualTo(1);
            assertThat(HttpListenerTest.metric(
                            server, "berth_extender_decision_duration_seconds_count{verb=\"filter\"}"))
                    .isEqualTo(1);
        }
    }

    private static void until(TestServer server, String name) {
        HttpListenerTest.until(() -> HttpListenerTest.metric(server, name) == 1);
    }

    @Test
    void theFormatIsTheScrapersChoice() throws Exception {
        try (TestServer server = new TestServer()) {
            assertThat(scrape(server, "text/plain;version=0.0.4").headers().firstValue("Content-Type"))
                    .hasValueSatisfying(type -> assertThat(type).startsWith("text/plain"));
            HttpResponse<String> open = scrape(server, "application/openmetrics-text;version=1.0.0,text/plain;q=0.5");
            assertThat(open.headers().firstValue("Content-Type"))
                    .hasValueSatisfying(type -> assertThat(type).startsWith("application/openmetrics-text"));
            assertThat(open.body()).endsWith("# EOF\n");
            // The binary format needs a library that is not here: text will do.
            assertThat(scrape(
                                    server,
                                    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,text/plain;q=0.1")
                            .headers()
                            .firstValue("Content-Type"))
                    .hasValueSatisfying(type -> assertThat(type).startsWith("text/plain"));
            assertThat(scrape(server, "text/plain").body())
                    .contains("jvm_memory_used_bytes", "jvm_gc_collection_seconds", "jvm_threads_current");
        }
    }

    private static HttpResponse<String> scrape(TestServer server, String accept) {
        return server.send(HttpRequest.newBuilder(server.uri(server.server.healthAddress(), "/metrics"))
                .header("Accept", accept)
                .GET()
                .build());
    }
}
