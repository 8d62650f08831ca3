package dev.berth.k8s.server;

import dev.berth.k8s.engine.Admission;
import dev.berth.k8s.engine.Admitted;
import dev.berth.k8s.engine.Extender;
import dev.berth.k8s.server.ServerSettings.Filter;
import dev.berth.k8s.server.ServerSettings.Gates;
import dev.berth.k8s.server.ServerSettings.Limits;
import dev.berth.k8s.server.ServerSettings.Listener;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;

/** A server on free ports of 127.0.0.1, without TLS, and a client of it. */
final class TestServer implements AutoCloseable {
    static final Listener PLAIN = Listener.plain("127.0.0.1", 0);

    final FakeExtender extender = new FakeExtender();
    final FakeInsight insight = new FakeInsight();
    volatile Admission admission = pod -> Admitted.GATE;
    final BerthServer server;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    TestServer() {
        this(true, Filter.ONE, limits());
    }

    TestServer(boolean nodeCacheCapable, Filter filter, Limits limits) {
        this(settings(PLAIN, nodeCacheCapable, filter, limits), null);
    }

    TestServer(ServerSettings settings, Extender other) {
        try {
            server =
                    BerthServer.start(settings, other == null ? extender : other, pod -> admission.admit(pod), insight);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static ServerSettings settings(Listener listener, boolean nodeCacheCapable, Filter filter, Limits limits) {
        return new ServerSettings(listener, listener, listener, PLAIN, nodeCacheCapable, filter, Gates.DEFAULT, limits);
    }

    /** Roomy ones: a test machine may be slow. */
    static Limits limits() {
        return limits(16, Duration.ofSeconds(30));
    }

    static Limits limits(int threads, Duration read) {
        return new Limits(
                threads,
                512,
                1 << 20,
                8 << 20,
                read,
                read,
                Duration.ofSeconds(30),
                Duration.ofSeconds(60),
                Duration.ofSeconds(60),
                64);
    }

    URI uri(InetSocketAddress address, String path) {
        return URI.create("http://127.0.0.1:" + Objects.requireNonNull(address).getPort() + path);
    }

    HttpResponse<String> ask(String verb, String body) {
        return send(HttpRequest.newBuilder(uri(server.extenderAddress(), verb))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body))
                .build());
    }

    HttpResponse<String> mutate(String body) {
        return send(HttpRequest.newBuilder(uri(server.webhookAddress(), "/mutate"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body))
                .build());
    }

    HttpResponse<String> get(InetSocketAddress address, String path) {
        return send(HttpRequest.newBuilder(uri(address, path)).GET().build());
    }

    HttpResponse<String> send(HttpRequest request) {
        try {
            return client.send(request, BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** A body as kube-scheduler 1.36.3 sent it. */
    static String wire(String name) {
        try (InputStream in = TestServer.class.getResourceAsStream("wire/" + name)) {
            return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        server.close();
    }
}
