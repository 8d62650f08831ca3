package dev.berth.k8s.cli;

import dev.berth.planner.BadInputException;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.LocalPortForward;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A way to a running Berth. */
final class BerthWay implements AutoCloseable {
    private static final int SECONDS = 10;

    private final HttpClient client;
    private final @Nullable KubernetesClient own;
    private final @Nullable LocalPortForward forward;
    private final String base;
    private final String name;
    private final boolean proxied;

    private BerthWay(
            HttpClient client,
            @Nullable KubernetesClient own,
            @Nullable LocalPortForward forward,
            String base,
            String name,
            boolean proxied) {
        this.client = client;
        this.own = own;
        this.forward = forward;
        this.base = base;
        this.name = name;
        this.proxied = proxied;
    }

    /** Through the API server's proxy to a service. */
    static BerthWay proxied(KubernetesClient client, String namespace, String service) {
        String master = client.getMasterUrl().toString();
        String base = (master.endsWith("/") ? master : master + "/") + "api/v1/namespaces/" + encoded(namespace)
                + "/services/" + service + "/proxy";
        return new BerthWay(client.getHttpClient(), null, null, base, base, true);
    }

    /** By forwarding a port of this machine to one of the pod's own loopback, as {@code kubectl port-forward} does. */
    static BerthWay forwarded(KubernetesClient client, PodName pod, int port) throws SilentException {
        String name = "port " + port + " of pod " + pod;
        try {
            LocalPortForward forward = client.pods()
                    .inNamespace(pod.namespace())
                    .withName(pod.name())
                    .portForward(port, InetAddress.getLoopbackAddress(), 0);
            String base = "http://127.0.0.1:" + forward.getLocalPort();
            KubernetesClient own = client(new ConfigBuilder(Config.empty()).withMasterUrl(base));
            return new BerthWay(own.getHttpClient(), own, forward, base, name, false);
        } catch (KubernetesClientException | IOException e) {
            throw new SilentException("cannot forward to " + name + ": " + Texts.rootMessage(e));
        }
    }

    /** To an address. Nothing of any kubeconfig goes there. */
    static BerthWay direct(URI server, @Nullable Path certificate, @Nullable Path key, @Nullable Path ca) {
        try {
            KubernetesClient own = client(new ConfigBuilder(Config.empty())
                    .withMasterUrl(server.toString())
                    .withClientCertFile(text(certificate))
                    .withClientKeyFile(text(key))
                    .withCaCertFile(text(ca)));
            return new BerthWay(own.getHttpClient(), own, null, server.toString(), server.toString(), false);
        } catch (KubernetesClientException | IOException e) {
            throw new BadInputException("--certificate, --key or --ca cannot be used: " + Texts.rootMessage(e), e);
        }
    }

    private static KubernetesClient client(ConfigBuilder builder) throws IOException {
        Config config = builder.withConnectionTimeout(SECONDS * 1000)
                .withRequestRetryBackoffLimit(0)
                .build();
        KeyAlgorithm.correct(config);
        return new KubernetesClientBuilder().withConfig(config).build();
    }

    private static @Nullable String text(@Nullable Path path) {
        return path == null ? null : path.toString();
    }

    /** As a part of a path or a query. */
    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /**
     * What Berth answered.
     *
     * @param status 200 or 404
     * @param body JSON
     */
    record Reply(int status, String body) {}

    /**
     * Asks.
     *
     * @param path with its query
     * @throws SilentException when Berth gave no answer; the message says why, and what would help
     */
    Reply get(String path) throws SilentException {
        HttpResponse<String> response;
        try {
            response = client.sendAsync(
                            client.newHttpRequestBuilder()
                                    .uri(URI.create(base + path))
                                    .header("Accept", "application/json")
                                    .timeout(SECONDS, TimeUnit.SECONDS)
                                    .build(),
                            String.class)
                    .get(2L * SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | KubernetesClientException e) {
            throw new SilentException("cannot reach " + name + ": " + reason(e));
        } catch (TimeoutException e) {
            throw new SilentException(name + " did not answer within " + 2 * SECONDS + " s");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SilentException("interrupted while waiting for " + name);
        }
        String body = Objects.requireNonNullElse(response.body(), "");
        ErrorBody error = ErrorBody.of(body);
        if (response.code() == 200 || (response.code() == 404 && error.kind() == ErrorBody.Kind.BERTH)) {
            return new Reply(response.code(), body);
        }
        throw new SilentException(explained(response.code(), error));
    }

    /** Of a forwarded connection, what ended it rather than that it ended. */
    private String reason(Exception failure) {
        if (forward != null && forward.errorOccurred()) {
            Collection<Throwable> remote = forward.getServerThrowables();
            if (!remote.isEmpty()) {
                return Texts.rootMessage(remote.iterator().next());
            }
        }
        return Texts.rootMessage(failure);
    }

    private String explained(int code, ErrorBody error) {
        if (error.kind() == ErrorBody.Kind.BERTH) {
            return error.message();
        }
        if (proxied && error.kind() == ErrorBody.Kind.KUBERNETES) {
            return switch (code) {
                case 403 ->
                    "you may not ask it through the API server (" + error.message()
                            + "); that needs the verb get on services/proxy";
                case 404 ->
                    "there is no such service (" + error.message() + "); --berth-namespace and --service name it";
                case 503 ->
                    "nobody stands behind its service (" + error.message() + "): no replica runs, or none leads";
                default -> "the API server answered " + code + ": " + error.message();
            };
        }
        return name + " answered " + code + (error.message().isEmpty() ? "" : ": " + error.message());
    }

    @Override
    public void close() {
        if (own != null) {
            own.close();
        }
        if (forward != null) {
            try {
                forward.close();
            } catch (IOException e) {
                // Its port goes with the process, which is about to end.
                return;
            }
        }
    }
}
