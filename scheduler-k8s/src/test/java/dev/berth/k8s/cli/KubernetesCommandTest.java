package dev.berth.k8s.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The commands as a whole, on an API server that answers what it is told to. */
final class KubernetesCommandTest {
    private static final String EXPLANATION = """
            {"namespace":"train","name":"llama-0","state":"waiting","nodeName":null,"gpus":[],"gpusKnown":false,"gang":null,\
            "rank":-1,"tier":null,"sentence":"no room on 3 nodes","reasons":["gpu: asked 8, best 4"],"wouldHelp":["4 instead of 8"]}""";
    private static final String STATUS = """
            {"ready":true,"gpus":40000,"gpusHeldMilli":31234500,"podsWaiting":1,"podsHeld":3,"podsBound":4711,"gangsWaiting":1,\
            "placed":5000,"refused":12,"driftRepairs":1,"healed":0,"expired":4,"overcommittedNodes":2,"podsGpusKnown":4000,"podsGpusNotKnown":711,\
            "podsOnOtherGpus":12,"gpuReportsIgnored":1,"waiting":{"pods":1,\
            "gangs":1,"first":[{"name":"train/llama","gang":true,"pods":5,"minPods":8,"priority":1000,"sinceMillis":0,\
            "why":"room for 5 of 8 pods"},{"name":"a/b","gang":false,"pods":1,"minPods":1,"priority":0,"sinceMillis":0,"why":"no room"}]}}""";
    private static final String POD = """
            {"apiVersion":"v1","kind":"Pod","metadata":{"namespace":"train","name":"llama-0","uid":"u0"},\
            "spec":{"containers":[],"schedulingGates":[{"name":"other/gate"},{"name":"berth.dev/plan"}]},"status":{"phase":"Pending"}}""";
    private static final String PROXY = "/api/v1/namespaces/berth/services/berth-page:page/proxy";

    /** An answer to a method and a path. */
    private record Reply(int status, String body) {}

    @TempDir
    private Path folder;

    private final Map<String, Reply> replies = Collections.synchronizedMap(new LinkedHashMap<>());
    private final List<String> asked = Collections.synchronizedList(new ArrayList<>());
    private HttpServer server;
    private String[] kubeconfig;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
        Path file = folder.resolve("config");
        Files.writeString(file, """
                apiVersion: v1
                kind: Config
                current-context: test
                contexts: [{name: test, context: {cluster: test, user: test, namespace: train}}]
                clusters: [{name: test, cluster: {server: "%s"}}]
                users: [{name: test, user: {}}]
                """.formatted(url()));
        kubeconfig = new String[] {"--kubeconfig", file.toString()};
    }

    private String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    @AfterEach
    void end() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        String call =
                exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath();
        asked.add(call + " " + body);
        Reply reply = replies.getOrDefault(call, new Reply(404, status(404, "not found")));
        byte[] bytes = reply.body().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(reply.status(), bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private static String status(int code, String message) {
        return "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\",\"message\":\""
                + message + "\",\"code\":" + code + "}";
    }

    private static String list(String... items) {
        return "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{},\"items\":[" + String.join(",", items)
                + "]}";
    }

    private Run k8s(String... arguments) {
        List<String> all = new ArrayList<>(List.of("k8s"));
        all.addAll(List.of(arguments));
        all.addAll(List.of(kubeconfig));
        return Run.of(all.toArray(new String[0]));
    }

    @Test
    void whyIsAskedThroughTheProxy() {
        replies.put("GET " + PROXY + "/v1/why", new Reply(200, EXPLANATION));
        Run run = k8s("why", "llama-0", "--service", "berth-page:page");
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
        assertThat(run.out())
                .startsWith("train/llama-0 waits\n  no room on 3 nodes\n")
                .contains("  - 4 instead of 8\n");
    }

    @Test
    void whyIsAskedAtAnAddress() {
        replies.put("GET /v1/why", new Reply(200, EXPLANATION));
        Run run = k8s("why", "train/llama-0", "--server", url() + "/", "--format", "json");
        assertThat(run.code()).isZero();
        assertThat(run.out()).contains("\"source\" : \"berth\"", "\"sentence\" : \"no room on 3 nodes\"");
        assertThat(asked).containsExactly("GET /v1/why ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "403 | services is forbidden | you may not ask it through the API server",
                "404 | services not found    | there is no such service",
                "503 | no endpoints available | nobody stands behind its service",
                "500 | broken                | the API server answered 500: broken",
            })
    void whereBerthIsSilentThePodTells(int code, String message, String expected) {
        replies.put("GET " + PROXY + "/v1/why", new Reply(code, status(code, message)));
        replies.put("GET /api/v1/namespaces/train/pods/llama-0", new Reply(200, POD));
        replies.put("GET /api/v1/namespaces/train/events", new Reply(403, status(403, "events is forbidden")));
        Run run = k8s("why", "llama-0", "--service", "berth-page:page");
        assertThat(run.code()).isZero();
        String text = run.out().replaceAll("\\s+", " ");
        assertThat(text)
                .startsWith("train/llama-0 waits behind a gate")
                .contains(expected, message)
                .contains("Events cannot be read: events is forbidden");
    }

    @Test
    void whoDoesNotLeadIsNotBelieved() {
        replies.put("GET /v1/why", new Reply(503, "{\"error\":\"this replica does not lead\"}"));
        replies.put("GET /api/v1/namespaces/train/pods/llama-0", new Reply(200, POD));
        replies.put("GET /api/v1/namespaces/train/events", new Reply(200, list().replace("PodList", "EventList")));
        Run run = k8s("why", "llama-0", "--server", url(), "--format", "json");
        assertThat(run.out())
                .contains(
                        "\"source\" : \"pod\"",
                        "\"berthSilentBecause\" : \"this replica does not lead\"",
                        "\"state\" : \"gated\"");
    }

    @Test
    void anAnswerOfAnotherVersionIsNotShown() {
        replies.put("GET /v1/why", new Reply(200, EXPLANATION.replace("\"rank\":-1", "\"rank\":\"none\"")));
        replies.put("GET /api/v1/namespaces/train/pods/llama-0", new Reply(200, POD));
        Run run = k8s("why", "llama-0", "--server", url());
        assertThat(run.out().replaceAll("\\s+", " "))
                .contains("field 'rank' is \"none\", allowed: a whole number of 32 bits");
    }

    @Test
    void aPodThatIsNotThereIsBadInput() {
        replies.put("GET /v1/why", new Reply(404, "{\"error\":\"no pod 'train/nobody' is known\"}"));
        Run run = k8s("why", "nobody", "--server", url());
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).isEqualTo("berth: there is no pod train/nobody\n");
        assertThat(run.out()).isEmpty();
    }

    @Test
    void statusTellsFiguresAndWhoWaits() {
        replies.put("GET /v1/status", new Reply(200, STATUS));
        replies.put(
                "GET /apis/coordination.k8s.io/v1/namespaces/berth/leases/berth",
                new Reply(
                        200,
                        "{\"apiVersion\":\"coordination.k8s.io/v1\",\"kind\":\"Lease\",\"metadata\":{\"name\":\"berth\"},\"spec\":{\"holderIdentity\":\"berth-7d9f\",\"leaseDurationSeconds\":2,\"renewTime\":\"2020-01-01T00:00:00.000000Z\"}}"));
        Run run = k8s("status", "--server", url());
        assertThat(run.code()).isZero();
        assertThat(run.out())
                .startsWith("Berth decides\n  leader       berth-7d9f, renewed ")
                .contains(": its time is over\n")
                .contains("  GPUs         40,000, of which 31,234.5 held (78.1 %)\n")
                .contains("  read back    GPUs of 4,000 of 4,711 pods, 12 of them other GPUs than planned\n")
                .contains("  On 2 nodes pods hold more than there is.\n")
                .contains("  - gang train/llama, 5 of 8 pods are there, priority 1,000, for ");
        Run json = k8s("status", "--server", url(), "--format", "json");
        assertThat(json.out()).contains("\"leader\" : \"berth-7d9f\"", "\"gpusHeldMilli\" : 31234500");
    }

    @Test
    void statusWithoutBerthCountsWhatItsGateHolds() {
        replies.put("GET /api/v1/pods", new Reply(200, list(POD)));
        replies.put("GET /api/v1/namespaces/berth/pods", new Reply(200, list()));
        Run run = k8s("status");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out().replaceAll("\\s+", " "))
                .contains("no pod that runs in namespace berth has the label berth.dev/leader=true")
                .contains("Its gate holds 1 pod, which");
    }

    @Test
    void releaseTakesBerthsGateAndNoOther() {
        replies.put("GET /api/v1/namespaces/train/pods", new Reply(200, list(POD)));
        replies.put("PATCH /api/v1/namespaces/train/pods/llama-0", new Reply(200, POD));
        Run run = k8s("release");
        assertThat(run.code()).isZero();
        assertThat(run.out()).isEqualTo("""
                        Released 1 pod in namespace train
                          - train/llama-0

                        Other gates hold them too
                          - train/llama-0: other/gate
                        """);
        assertThat(asked)
                .last()
                .asString()
                .contains(
                        "{\"op\":\"test\",\"path\":\"/metadata/uid\",\"value\":\"u0\"}",
                        "{\"op\":\"test\",\"path\":\"/spec/schedulingGates/1/name\",\"value\":\"berth.dev/plan\"}",
                        "{\"op\":\"remove\",\"path\":\"/spec/schedulingGates/1\"}");
    }

    @Test
    void aDryRunChangesNothing() {
        replies.put("GET /api/v1/pods", new Reply(200, list(POD)));
        Run run = k8s("release", "--all", "--dry-run", "--format", "json");
        assertThat(run.code()).isZero();
        assertThat(run.out()).contains("\"dryRun\" : true", "\"held\" : 1", "\"name\" : \"llama-0\"");
        assertThat(asked).noneMatch(call -> call.startsWith("PATCH"));
    }

    @Test
    void whatCouldNotBeReleasedIsNamed() {
        replies.put("GET /api/v1/namespaces/train/pods", new Reply(200, list(POD, POD.replace("llama-0", "llama-1"))));
        replies.put("PATCH /api/v1/namespaces/train/pods/llama-0", new Reply(403, status(403, "pods is forbidden")));
        replies.put("PATCH /api/v1/namespaces/train/pods/llama-1", new Reply(200, POD));
        Run run = k8s("release");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out())
                .startsWith("Released 1 of 2 pods in namespace train\n  - train/llama-1\n")
                .contains("Not released\n  - train/llama-0: pods is forbidden\n");
        assertThat(run.err()).endsWith("berth: 1 pod could not be released\n");
    }

    @Test
    void whatChangedMeanwhileIsLookedAtAgain() {
        replies.put("GET /api/v1/namespaces/train/pods", new Reply(200, list(POD)));
        replies.put("PATCH /api/v1/namespaces/train/pods/llama-0", new Reply(422, status(422, "test failed")));
        replies.put(
                "GET /api/v1/namespaces/train/pods/llama-0",
                new Reply(200, POD.replace(",{\"name\":\"berth.dev/plan\"}", "")));
        assertThat(k8s("release").out()).contains("Meanwhile\n  - 1 pod had been released by others\n");
        replies.put("GET /api/v1/namespaces/train/pods/llama-0", new Reply(200, POD.replace("\"u0\"", "\"u1\"")));
        assertThat(k8s("release").out()).contains("Meanwhile\n  - 1 pod had been deleted\n");
        replies.put("GET /api/v1/namespaces/train/pods/llama-0", new Reply(200, POD));
        Run run = k8s("release");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out()).contains("Not released\n  - train/llama-0: test failed\n");
    }

    @Test
    void namedPodsAreReleased() {
        replies.put("GET /api/v1/namespaces/train/pods/llama-0", new Reply(200, POD));
        replies.put(
                "GET /api/v1/namespaces/eval/pods/free",
                new Reply(200, POD.replace(",{\"name\":\"berth.dev/plan\"}", "")));
        replies.put("PATCH /api/v1/namespaces/train/pods/llama-0", new Reply(200, POD));
        Run run = k8s("release", "llama-0", "eval/free", "train/llama-0");
        assertThat(run.code()).isZero();
        assertThat(run.out())
                .startsWith("Released 1 pod in namespace train\n")
                .contains("Not held by Berth's gate\n  - eval/free\n");
        Run missing = k8s("release", "llama-0", "nobody");
        assertThat(missing.code()).isEqualTo(1);
        assertThat(missing.err()).isEqualTo("berth: there is no pod train/nobody; nothing was released\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "why                              | 2 | Missing required parameter: 'POD'",
                "why Nobody                       | 1 | POD is 'Nobody', allowed: NAME or NAMESPACE/NAME",
                "why a/b -n c                     | 1 | two namespaces",
                "why a --server ftp://x           | 1 | --server is 'ftp://x', allowed: http://HOST:PORT",
                "why a --server http://u@x        | 1 | --server is 'http://u@x'",
                "why a --server http://x --service y | 1 | two ways to Berth",
                "why a --service Y                | 1 | --service is 'Y', allowed: [https:]NAME[:PORT]",
                "why a --key /none                | 1 | belong to --server",
                "why a --server http://x --key /none | 1 | --key is given without --certificate",
                "why a --server http://x --ca /none | 1 | --ca: cannot read '/none'",
                "why a --page-port 0              | 1 | --page-port is 0, allowed: 1 to 65535",
                "why a -n UPPER                   | 1 | the namespace is 'UPPER', allowed:",
                "release -A a                     | 2 | --all-namespaces takes every gated pod",
                "release --format xml             | 2 | --format",
                "status --berth-namespace A.B     | 1 | the namespace is 'A.B'",
            })
    void badInputIsOneLine(String line, int code, String message) {
        Run run = k8s(line.split(" +", -1));
        assertThat(run.code()).isEqualTo(code);
        assertThat(run.err()).contains(message).hasLineCount(1);
        assertThat(run.out()).isEmpty();
    }

    @Test
    void withoutACommandTheCommandsAreNamed() {
        Run run = Run.of("k8s");
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err())
                .contains("no command given (there is ")
                .contains("why")
                .contains("release")
                .contains("status");
    }

    @Test
    void aKubeconfigThatCannotBeReadIsBadInput() {
        Run run =
                Run.of("k8s", "release", "--kubeconfig", folder.resolve("none").toString());
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("--kubeconfig: cannot read '");
    }

    @Test
    void anApiServerThatIsNotThereIsSaid() {
        server.stop(0);
        Run run = k8s("release");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("cannot be reached to list pods: connection refused");
    }
}
