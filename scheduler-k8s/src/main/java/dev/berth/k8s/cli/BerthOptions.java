package dev.berth.k8s.cli;

import dev.berth.k8s.page.JsonFormException;
import dev.berth.planner.BadInputException;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a running Berth is reached. */
final class BerthOptions {
    private static final Pattern SERVICE =
            Pattern.compile("(https?:)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(:[a-z0-9-]{1,63})?");

    @Option(
            names = "--berth-namespace",
            paramLabel = "NAMESPACE",
            defaultValue = "berth",
            description = "Where Berth runs. Default: ${DEFAULT-VALUE}.")
    private String namespace = "berth";

    @Option(
            names = "--server",
            paramLabel = "URL",
            description =
                    "Ask Berth at this address. Default: port --page-port of the pod that leads, through the API server, as"
                            + " kubectl port-forward does (pods/portforward).")
    private @Nullable String server;

    @Option(
            names = "--page-port",
            paramLabel = "PORT",
            defaultValue = "9080",
            description = "Where the pod serves its page. Default: ${DEFAULT-VALUE}.")
    private int pagePort = 9080;

    @Option(
            names = "--service",
            paramLabel = "[https:]NAME[:PORT]",
            description =
                    "Ask this service through the API server's proxy (services/proxy), where the page does not listen on"
                            + " the pod's loopback alone.")
    private @Nullable String service;

    @Option(names = "--certificate", paramLabel = "FILE", description = "With --server: client certificate, in PEM.")
    private @Nullable Path certificate;

    @Option(names = "--key", paramLabel = "FILE", description = "With --server: its private key, in PEM, unencrypted.")
    private @Nullable Path key;

    @Option(
            names = "--ca",
            paramLabel = "FILE",
            description = "With --server: what the server's certificate comes from, in PEM. Default: what Java trusts.")
    private @Nullable Path ca;

    String namespace() {
        return PodName.checkedNamespace(namespace);
    }

    /** Reads what Berth answers. */
    @FunctionalInterface
    interface Reader<T> {
        T read(String text) throws JsonFormException;
    }

    /**
     * What Berth answers.
     *
     * @param path with its query
     * @throws SilentException when it does not answer, or not in a way that can be used; says why
     */
    <T> T ask(KubernetesClient client, String path, Reader<T> reader) throws SilentException {
        BerthWay.Reply reply;
        try (BerthWay way = way(client)) {
            reply = way.get(path);
        }
        if (reply.status() != 200) {
            throw new SilentException(ErrorBody.of(reply.body()).message());
        }
        try {
            return reader.read(reply.body());
        } catch (JsonFormException e) {
            throw new SilentException("its answer is not one of this version: " + e.getMessage());
        }
    }

    /** A way to it; the caller closes it, and the client stays open. */
    private BerthWay way(KubernetesClient client) throws SilentException {
        URI address = address();
        if (address != null) {
            if (service != null) {
                throw new BadInputException("--server and --service are two ways to Berth, allowed: one");
            }
            return direct(address);
        }
        if (certificate != null || key != null || ca != null) {
            throw new BadInputException("--certificate, --key and --ca belong to --server, which is not given");
        }
        String proxied = service;
        if (proxied != null) {
            if (!SERVICE.matcher(proxied).matches()) {
                throw new BadInputException(
                        "--service is '" + proxied + "', allowed: [https:]NAME[:PORT], such as berth-page:page");
            }
            return BerthWay.proxied(client, namespace(), proxied);
        }
        if (pagePort < 1 || pagePort > 65_535) {
            throw new BadInputException("--page-port is " + pagePort + ", allowed: 1 to 65535");
        }
        return BerthWay.forwarded(client, LeaderPod.find(client, namespace()), pagePort);
    }

    private BerthWay direct(URI address) {
        if ((certificate == null) != (key == null)) {
            throw new BadInputException("--" + (key == null ? "certificate" : "key") + " is given without --"
                    + (key == null ? "key" : "certificate") + ", which it needs");
        }
        return BerthWay.direct(
                address, readable("--certificate", certificate), readable("--key", key), readable("--ca", ca));
    }

    private static @Nullable Path readable(String option, @Nullable Path file) {
        if (file != null && !Files.isReadable(file)) {
            throw new BadInputException(option + ": cannot read '" + file + "'");
        }
        return file;
    }

    private @Nullable URI address() {
        String text = server;
        if (text == null) {
            return null;
        }
        try {
            URI uri = new URI(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
            String scheme = Objects.requireNonNullElse(uri.getScheme(), "");
            if ((scheme.equals("http") || scheme.equals("https"))
                    && uri.getHost() != null
                    && uri.getRawQuery() == null
                    && uri.getRawFragment() == null
                    && uri.getRawUserInfo() == null) {
                return uri;
            }
        } catch (URISyntaxException e) {
            throw new BadInputException(notAllowed(text), e);
        }
        throw new BadInputException(notAllowed(text));
    }

    private static String notAllowed(String text) {
        return "--server is '" + text + "', allowed: http://HOST:PORT or https://HOST:PORT";
    }
}
