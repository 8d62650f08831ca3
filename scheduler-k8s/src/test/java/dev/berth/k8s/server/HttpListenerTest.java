package dev.berth.k8s.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.k8s.server.ServerSettings.Filter;
import dev.berth.k8s.server.ServerSettings.Gates;
import dev.berth.k8s.server.ServerSettings.Limits;
import dev.berth.k8s.server.ServerSettings.Listener;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What clients may do to a listener without harm, and what they are told. */
@Timeout(value = 3, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class HttpListenerTest {
    private static final String FILTER = RawClient.post("/filter", TestServer.wire("filter.json"));
    private static final String CHOSEN = "\"NodeNames\":[\"gpu-node-01361\"]";
    private static final Duration SOON = Duration.ofMillis(300);

    @Test
    void keepsConnections() throws Exception {
        try (TestServer server = new TestServer();
                RawClient client = new RawClient(server.server.extenderAddress())) {
            for (int i = 0; i < 5; i++) {
                assertThat(client.send(FILTER).read().body()).contains(CHOSEN);
                assertThat(client.send(RawClient.post("/filter", "broken"))
                                .read()
                                .status())
                        .isEqualTo(400);
            }
        }
    }

    @Test
    void answersPipelinedRequestsInOrder() throws Exception {
        try (TestServer server = new TestServer();
                RawClient client = new RawClient(server.server.extenderAddress())) {
            StringBuilder requests = new StringBuilder();
            for (int i = 0; i < 20; i++) {
                requests.append(RawClient.post(
                        "/bind",
                        "{\"PodName\":\"p" + i + "\",\"PodNamespace\":\"ns\",\"PodUID\":\"u\",\"Node\":\"n\"}"));
            }
            server.extender.binder = bind -> bind.done().accept(bind.pod().name());
            client.send(requests.toString());
            for (int i = 0; i < 20; i++) {
                assertThat(client.read().body()).isEqualTo("{\"Error\":\"p" + i + "\"}");
            }
        }
    }

    @Test
    void takesBodiesInChunks() throws Exception {
        try (TestServer server = new TestServer();
                RawClient client = new RawClient(server.server.extenderAddress())) {
            String body = TestServer.wire("filter.json");
            client.send(RawClient.head(
                    "POST /filter HTTP/1.1",
                    "Content-Type: application/json; charset=utf-8",
                    "Transfer-Encoding: chunked"));
            for (int from = 0; from < body.length(); from += 100) {
                String chunk = body.substring(from, Math.min(body.length(), from + 100));
                client.send(Integer.toHexString(chunk.length()) + "\r\n" + chunk + "\r\n");
            }
            assertThat(client.send("0\r\n\r\n").read().body()).contains(CHOSEN);
        }
    }

    @Test
    void answersClientsThatWaitToBeToldToGoOn() throws Exception {
        try (TestServer server = new TestServer();
                RawClient client = new RawClient(server.server.extenderAddress())) {
            String body = TestServer.wire("filter.json");
            client.send(
                    "POST /filter HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: "
                            + body.length() + "\r\n\r\n");
            assertThat(client.read().status()).isEqualTo(100);
            assertThat(client.send(body).read().body()).contains(CHOSEN);
        }
    }

    @Test
    void slowHeadsKeepNobodyOut() throws Exception {
        assertSlowKeepNobodyOut("P", 12);
        assertSlowKeepNobodyOut("POST /filter HTTP/1.1\r\nHost: x\r\n", 12);
    }

    @Test
    void slowBodiesKeepNobodyOut() throws Exception {
        assertSlowKeepNobodyOut(
                "POST /filter HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{",
                12);
        assertSlowKeepNobodyOut(
                "POST /filter HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
                12);
    }

    private static void assertSlowKeepNobodyOut(String beginning, int clients) throws Exception {
        try (TestServer server = new TestServer(true, Filter.ONE, TestServer.limits(2, SOON))) {
            List<RawClient> slow = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                slow.add(new RawClient(server.server.extenderAddress()).send(beginning));
            }
            try (RawClient quick = new RawClient(server.server.extenderAddress())) {
                assertThat(quick.send(FILTER).read().body()).contains(CHOSEN);
            }
            for (RawClient client : slow) {
                assertThat(client.isClosedByServer()).isTrue();
                client.close();
            }
            assertThat(server.ask("/filter", TestServer.wire("filter.json")).body())
                    .contains(CHOSEN);
            assertThat(metric(server, "berth_http_connections_cut_total{listener=\"extender\"}"))
                    .isEqualTo(clients);
        }
    }

    /** Each byte comes in time, the whole does not. */
    @Test
    void tricklesAreCutToo() throws Exception {
        try (TestServer server = new TestServer(true, Filter.ONE, TestServer.limits(1, SOON));
                RawClient client = new RawClient(server.server.extenderAddress())) {
            client.send("POST /filter HTTP/1.1\r\nX: ");
            assertThatThrownBy(() -> {
                        while (true) {
                            client.send("a");
                            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
                        }
                    })
                    .isInstanceOf(SocketException.class);
            assertThat(server.ask("/filter", TestServer.wire("filter.json")).body())
                    .contains(CHOSEN);
        }
    }

    @Test
    void clientsThatDoNotReadKeepNobodyOut() throws Exception {
        Limits limits = new Limits(
                1,
                512,
                1 << 20,
                8 << 20,
                Duration.ofSeconds(30),
                Duration.ofSeconds(30),
                SOON,
                Duration.ofSeconds(60),
                Duration.ofSeconds(60),
                64);
        try (TestServer server = new TestServer(true, Filter.ONE, limits)) {
            byte[] large = new byte[64 << 20];
            server.server.pageRoutes().add("/large", "GET", exchange -> {
                exchange.sendResponseHeaders(200, large.length);
                exchange.getResponseBody().write(large);
                exchange.close();
            });
            server.server.pageRoutes().add("/small", "GET", exchange -> {
                exchange.sendResponseHeaders(204, -1);
                exchange.close();
            });
            List<RawClient> deaf = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                deaf.add(RawClient.withReceiveBuffer(server.server.pageAddress(), 4096)
                        .send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n"));
            }
            try (RawClient client = new RawClient(server.server.pageAddress())) {
                assertThat(client.send("GET /small HTTP/1.1\r\nHost: x\r\n\r\n")
                                .read()
                                .status())
                        .isEqualTo(204);
            }
            for (RawClient client : deaf) {
                client.close();
            }
        }
    }

    @Test
    void bodiesThatAreTooLargeAreRefused() throws Exception {
        try (TestServer server = new TestServer()) {
            int most = TestServer.limits().bodyBytes();
            String spaces = " ".repeat(most - TestServer.wire("filter.json").length());
            assertThat(server.ask("/filter", spaces + TestServer.wire("filter.json"))
                            .body())
                    .contains(CHOSEN);
            HttpResponse<String> answer = server.ask("/filter", " " + spaces + TestServer.wire("filter.json"));
            assertThat(answer.statusCode()).isEqualTo(413);
            assertThat(answer.body())
                    .isEqualTo("{\"Error\":\"the body is larger than " + most + " bytes, which is the most allowed\"}");
            assertThat(server.mutate(spaces.repeat(3)).statusCode()).isEqualTo(413);
            try (RawClient client = new RawClient(server.server.extenderAddress())) {
                client.send(
                        "POST /prioritize HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 99999999999999\r\n\r\n");
                assertThat(client.read().status()).isEqualTo(413);
            }
            try (RawClient client = new RawClient(server.server.extenderAddress())) {
                client.send(
                        "POST /prioritize HTTP/1.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
                for (int i = 0; i <= most >> 16; i++) {
                    client.send("10000\r\n" + " ".repeat(1 << 16) + "\r\n");
                }
                assertThat(client.read().status()).isEqualTo(413);
            }
            assertThat(server.ask("/filter", TestServer.wire("filter.json")).body())
                    .contains(CHOSEN);
        }
    }

    /** All bodies together have a limit too, and what is refused gives back what it took. */
    @Test
    void bodiesTogetherHaveALimit() throws Exception {
        Limits limits = new Limits(
                4,
                512,
                1 << 20,
                1 << 20,
                Duration.ofSeconds(60),
                Duration.ofSeconds(60),
                Duration.ofSeconds(60),
                Duration.ofSeconds(60),
                Duration.ofSeconds(60),
                64);
        try (TestServer server = new TestServer(true, Filter.ONE, limits);
                RawClient first = new RawClient(server.server.extenderAddress())) {
            String half = " ".repeat(1_000_000);
            CountDownLatch deciding = new CountDownLatch(1);
            CountDownLatch go = new CountDownLatch(1);
            server.extender.decision = (pod, names) -> {
                deciding.countDown();
                await(go);
                return dev.berth.k8s.engine.FilterAnswer.one(names.get(0));
            };
            first.send(RawClient.post("/filter", half + TestServer.wire("filter.json")));
            await(deciding);
            HttpResponse<String> second = server.ask("/filter", half + TestServer.wire("filter.json"));
            assertThat(second.statusCode()).isEqualTo(503);
            assertThat(second.body()).contains("take all memory");
            go.countDown();
            assertThat(first.read().body()).contains(CHOSEN);
            assertThat(server.ask("/filter", half + TestServer.wire("filter.json"))
                            .body())
                    .contains(CHOSEN);
        }
    }

    @Test
    void requestsThatWaitedForTooLongAreRefused() throws Exception {
        Limits limits = new Limits(
                1,
                512,
                1 << 20,
                3 << 20,
                Duration.ofSeconds(60),
                Duration.ofSeconds(60),
                Duration.ofSeconds(60),
                Duration.ofSeconds(2),
                Duration.ofSeconds(60),
                64);
        try (TestServer server = new TestServer(true, Filter.ONE, limits);
                RawClient first = new RawClient(server.server.extenderAddress());
                RawClient second = new RawClient(server.server.extenderAddress())) {
            CountDownLatch deciding = new CountDownLatch(1);
            CountDownLatch go = new CountDownLatch(1);
            server.extender.decision = (pod, names) -> {
                deciding.countDown();
                await(go);
                return dev.berth.k8s.engine.FilterAnswer.one(names.get(0));
            };
            first.send(FILTER);
            await(deciding);
            second.send(FILTER);
            until(() -> metric(server, "berth_http_waiting{listener=\"extender\"}") == 1);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2_500));
            go.countDown();
            assertThat(second.read().status()).isEqualTo(503);
            // The connection is as good as before.
            assertThat(second.send(FILTER).read().body()).contains(CHOSEN);
            assertThat(server.extender.asked).hasSize(2);
        }
    }

    @Test
    void contentTypesAndEncodingsOtherThanJsonAreRefused() throws Exception {
        try (TestServer server = new TestServer();
                RawClient client = new RawClient(server.server.extenderAddress())) {
            String body = TestServer.wire("bind.json");
            String length = "Content-Length: " + body.length() + "\r\n\r\n" + body;
            RawClient.Answer answer = client.send(
                            "POST /bind HTTP/1.1\r\nContent-Type: text/plain; a=application/json\r\n" + length)
                    .read();
            assertThat(answer.status()).isEqualTo(415);
            assertThat(answer.body())
                    .isEqualTo(
                            "{\"Error\":\"Content-Type is text/plain; a=application/json, allowed: application/json\"}");
            assertThat(client.send("POST /bind HTTP/1.1\r\n" + length).read().body())
                    .contains("Content-Type is absent");
            assertThat(client.send("POST /bind HTTP/1.1\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n"
                                    + length)
                            .read()
                            .body())
                    .contains("Content-Encoding is gzip");
            assertThat(client.send("POST /bind HTTP/1.1\r\ncontent-type: Application/JSON;charset=utf-8\r\n" + length)
                            .read()
                            .status())
                    .isEqualTo(200);
        }
    }

    @Test
    void otherMethodsAndPathsAreRefused() throws Exception {
        try (TestServer server = new TestServer();
                RawClient client = new RawClient(server.server.extenderAddress())) {
            RawClient.Answer answer =
                    client.send("GET /filter HTTP/1.1\r\n\r\n").read();
            assertThat(answer.status()).isEqualTo(405);
            assertThat(answer.header("Allow")).isEqualTo("POST");
            assertThat(answer.body()).isEqualTo("{\"Error\":\"the method is GET, allowed: POST\"}");
            answer = client.send("GET /nothing?x=1 HTTP/1.1\r\n\r\n").read();
            assertThat(answer.status()).isEqualTo(404);
            assertThat(answer.body())
                    .isEqualTo("/nothing is not here, allowed: /bind, /filter, /preempt, /prioritize, /simulate/filter,"
                            + " /simulate/prioritize\n");
            // Each listener has its own.
            assertThat(client.send("GET /metrics HTTP/1.1\r\n\r\n").read().status())
                    .isEqualTo(404);
            assertThat(client.send("POST /mutate HTTP/1.1\r\n\r\n").read().status())
                    .isEqualTo(404);
            assertThat(client.send("POST /filter/ HTTP/1.1\r\n\r\n").read().status())
                    .isEqualTo(404);
            client.send("HEAD /filter HTTP/1.1\r\n\r\n" + FILTER);
            assertThat(client.read().status()).isEqualTo(405);
            assertThat(client.read().body()).contains(CHOSEN);
        }
    }

    @Test
    void nonsenseIsSurvived() throws Exception {
        try (TestServer server = new TestServer()) {
            for (String nonsense : List.of(
                    "\r\n\r\n\r\n",
                    "nonsense\r\n\r\n",
                    "POST\r\n\r\n",
                    "POST /filter\r\n\r\n",
                    "POST mailto:x HTTP/1.1\r\n\r\n",
                    "POST * HTTP/1.1\r\n\r\n",
                    "POST /%zz HTTP/1.1\r\n\r\n",
                    "POST /filter HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
                    "POST /filter HTTP/1.1\r\nContent-Length: x\r\n\r\n",
                    "POST /filter HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                    "POST /filter HTTP/1.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n",
                    "POST /filter HTTP/1.1\r\nX: " + "a".repeat(1 << 20),
                    "POST /filter HTTP/1.1\r\n" + "X: a\r\n".repeat(1 << 17),
                    "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\r\n\r\n")) {
                try (RawClient client = new RawClient(server.server.extenderAddress())) {
                    client.send(nonsense);
                    client.socket().shutdownOutput();
                    client.isClosedByServer();
                } catch (SocketException e) {
                    // The server closed before all was sent.
                    assertThat(e).isNotNull();
                }
                assertThat(server.ask("/filter", TestServer.wire("filter.json")).body())
                        .as(nonsense.substring(0, Math.min(60, nonsense.length())))
                        .contains(CHOSEN);
            }
        }
    }

    @Test
    void failuresOfBerthAreAnsweredWithAnId() {
        try (TestServer server = new TestServer()) {
            server.extender.decision = (pod, names) -> {
                throw new IllegalStateException("on purpose");
            };
            HttpResponse<String> filter = server.ask("/filter", TestServer.wire("filter.json"));
            assertThat(filter.statusCode()).isEqualTo(200);
            assertThat(filter.body())
                    .matches("\\{\"Error\":\"Berth failed; its log says more under id [0-9a-f]{16}\"}");
            server.extender.binder = bind -> {
                throw new AssertionError("on purpose");
            };
            assertThat(server.ask("/bind", TestServer.wire("bind.json")).body()).contains("under id");
            server.extender.victims = Map.of();
            server.server.pageRoutes().add("/bad", "GET", exchange -> {
                throw new IllegalStateException("on purpose");
            });
            HttpResponse<String> page = server.get(server.server.pageAddress(), "/bad");
            assertThat(page.statusCode()).isEqualTo(500);
            assertThat(page.body()).matches("Berth failed; its log says more under id [0-9a-f]{16}\n");
            assertThat(metric(server, "berth_internal_errors_total")).isEqualTo(3);
            server.extender.decision = (pod, names) -> dev.berth.k8s.engine.FilterAnswer.one(names.get(0));
            assertThat(server.ask("/filter", TestServer.wire("filter.json")).body())
                    .contains(CHOSEN);
        }
    }

    @Test
    void bindsThatWaitKeepNoThread() throws Exception {
        try (TestServer server = new TestServer(true, Filter.ONE, TestServer.limits(1, Duration.ofSeconds(60)))) {
            server.extender.binder = bind -> {};
            List<RawClient> clients = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                clients.add(new RawClient(server.server.extenderAddress())
                        .send(RawClient.post("/bind", TestServer.wire("bind.json"))));
            }
            until(() -> server.extender.binds.size() == 20);
            assertThat(server.ask("/filter", TestServer.wire("filter.json")).body())
                    .contains(CHOSEN);
            server.extender.binds.forEach(bind -> bind.done().accept(""));
            for (RawClient client : clients) {
                assertThat(client.read().body()).isEqualTo("{\"Error\":\"\"}");
                client.close();
            }
            assertThat(server.ask("/filter", TestServer.wire("filter.json")).body())
                    .contains(CHOSEN);
        }
    }

    @Test
    void bindsHaveALimitInNumberAndTime() throws Exception {
        Limits limits = new Limits(
                4,
                512,
                1 << 20,
                3 << 20,
                Duration.ofSeconds(60),
                Duration.ofSeconds(60),
                Duration.ofSeconds(60),
                Duration.ofSeconds(60),
                SOON,
                1);
        try (TestServer server = new TestServer(true, Filter.ONE, limits);
                RawClient first = new RawClient(server.server.extenderAddress())) {
            CountDownLatch waiting = new CountDownLatch(1);
            server.extender.binder = bind -> waiting.countDown();
            first.send(RawClient.post("/bind", TestServer.wire("bind.json")));
            await(waiting);
            HttpResponse<String> second = server.ask("/bind", TestServer.wire("bind.json"));
            // Either the first one still waits, or it has just been given up.
            if (second.statusCode() == 503) {
                assertThat(second.body())
                        .isEqualTo("{\"Error\":\"1 binds wait for the API server already; try again\"}");
            }
            assertThat(first.read().body())
                    .isEqualTo(
                            "{\"Error\":\"binding default/warm-000000 has taken more than 300 ms; whether the API server did it"
                                    + " will show in the pod's spec.nodeName\"}");
            // What comes late is nothing new, and its place is free again.
            server.extender.binds.forEach(bind -> bind.done().accept(""));
            server.extender.binder = bind -> bind.done().accept("");
            assertThat(server.ask("/bind", TestServer.wire("bind.json")).body()).isEqualTo("{\"Error\":\"\"}");
        }
    }

    /** More often than connections are allowed: each must be forgotten. */
    @Test
    void clientsThatAreGoneAreForgotten() throws Exception {
        try (TestServer server = new TestServer()) {
            server.extender.binder = bind -> {};
            for (int i = 0; i < 700; i++) {
                int before = i;
                RawClient client = new RawClient(server.server.extenderAddress())
                        .send(RawClient.post("/bind", TestServer.wire("bind.json")));
                until(() -> server.extender.binds.size() > before);
                if (i % 2 == 0) {
                    client.reset();
                } else {
                    client.close();
                }
                server.extender.binds.stream()
                        .skip(i)
                        .findFirst()
                        .orElseThrow()
                        .done()
                        .accept("too late");
            }
            assertThat(server.ask("/filter", TestServer.wire("filter.json")).body())
                    .contains(CHOSEN);
        }
    }

    @Test
    void healthAndReadiness() throws Exception {
        try (TestServer server = new TestServer()) {
            InetSocketAddress health = server.server.healthAddress();
            assertThat(server.get(health, "/healthz").body()).isEqualTo("ok\n");
            assertThat(server.get(health, "/readyz").statusCode()).isEqualTo(200);
            server.insight.ready = false;
            assertThat(server.get(health, "/readyz").statusCode()).isEqualTo(503);
            assertThat(server.get(health, "/healthz").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void addressesThatCannotBeUsedAreNamed() throws Exception {
        try (TestServer server = new TestServer()) {
            int taken = server.server.extenderAddress().getPort();
            assertThatThrownBy(() -> {
                        TestServer second = new TestServer(
                                new ServerSettings(
                                        Listener.plain("127.0.0.1", taken),
                                        null,
                                        null,
                                        null,
                                        true,
                                        Filter.ONE,
                                        Gates.DEFAULT,
                                        TestServer.limits()),
                                null);
                        second.close();
                    })
                    .hasRootCauseInstanceOf(java.net.BindException.class)
                    .hasMessageContaining("extender cannot listen on 127.0.0.1:" + taken);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Looks again and again: for what no one tells of. */
    static void until(BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - end).isNegative();
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
    }

    static double metric(TestServer server, String name) {
        return server.get(server.server.healthAddress(), "/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                .findFirst()
                .orElse(0);
    }

    static void closeAll(List<RawClient> clients) throws IOException {
        for (RawClient client : clients) {
            client.close();
        }
    }
}
