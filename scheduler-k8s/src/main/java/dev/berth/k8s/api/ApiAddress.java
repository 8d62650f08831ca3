package dev.berth.k8s.api;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.internal.SSLUtils;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Where the API server is, and who we are to it: from a kubeconfig, or from the service account of the pod that this runs in, as fabric8's {@link Config} reads
 * them. Thread-safe.
 *
 * <p>Tokens and certificates are read again every minute, as kubelet renews the token of a service account long before it ends, and exec plugins of a kubeconfig
 * give tokens that last for minutes.
 */
public final class ApiAddress {
    private static final long REFRESH_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final boolean tls;
    private final String host;
    private final int port;
    private final String basePath;
    private final UnaryOperator<Config> refresh;
    private final LongSupplier nanos;

    private Config config;
    private @Nullable SSLSocketFactory sockets;
    private @Nullable String authorization;
    private long refreshedNanos;

    private ApiAddress(Config config, UnaryOperator<Config> refresh, LongSupplier nanos) {
        URI uri = URI.create(config.getMasterUrl());
        String scheme = String.valueOf(uri.getScheme());
        if (uri.getHost() == null || !(scheme.equals("https") || scheme.equals("http"))) {
            throw new IllegalArgumentException("the API server's address is '" + config.getMasterUrl()
                    + "'; allowed is https://HOST[:PORT][/PATH], or http:// without TLS");
        }
        String proxy = scheme.equals("https") ? config.getHttpsProxy() : config.getHttpProxy();
        if (proxy != null && !proxy.isEmpty()) {
            throw new IllegalArgumentException("a proxy (" + proxy + ") is set for the API server at "
                    + config.getMasterUrl() + "; Berth speaks to it directly: add its host to NO_PROXY");
        }
        if (config.getImpersonateUsername() != null
                && !config.getImpersonateUsername().isEmpty()) {
            throw new IllegalArgumentException("the kubeconfig says act-as '" + config.getImpersonateUsername()
                    + "', which Berth does not support: give it credentials of its own");
        }
        this.config = config;
        this.refresh = refresh;
        this.nanos = nanos;
        tls = scheme.equals("https");
        host = uri.getHost();
        port = uri.getPort() >= 0 ? uri.getPort() : tls ? 443 : 80;
        String path = uri.getRawPath() == null ? "" : uri.getRawPath();
        basePath = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
        load();
    }

    /**
     * The API server of a kubeconfig, by its current context.
     *
     * @throws IllegalArgumentException if the file cannot be read, or names what is not supported: an address that is no http URL, a proxy, impersonation, keys that
     *     cannot be read
     */
    public static ApiAddress ofKubeconfig(File file) {
        if (!file.canRead()) {
            throw new IllegalArgumentException("cannot read the kubeconfig '" + file + "'");
        }
        return new ApiAddress(Config.fromKubeconfig(file), ignored -> Config.fromKubeconfig(file), System::nanoTime);
    }

    /**
     * The API server of the cluster that this process is a pod of; outside of one, of the kubeconfig that {@code KUBECONFIG} names or {@code ~/.kube/config}.
     *
     * @throws IllegalArgumentException as for a kubeconfig
     */
    public static ApiAddress ofSurroundings() {
        return new ApiAddress(Config.autoConfigure(null), ignored -> Config.autoConfigure(null), System::nanoTime);
    }

    /** An API server without TLS and without credentials, such as one of a test. */
    static ApiAddress ofPlain(String host, int port) {
        Config config = Config.empty();
        config.setMasterUrl("http://" + host + ":" + port);
        return new ApiAddress(config, same -> same, System::nanoTime);
    }

    /** Opens a connection. */
    HttpConnection connect(int timeoutMillis) throws IOException {
        SSLSocketFactory factory;
        boolean checkName;
        synchronized (this) {
            refreshWhenDue();
            factory = sockets;
            checkName = !config.isDisableHostnameVerification();
        }
        return HttpConnection.open(host, port, factory, checkName, timeoutMillis);
    }

    /** What goes before every path: empty, or such as {@code /k8s/clusters/c-1}. */
    String basePath() {
        return basePath;
    }

    /** The value of the header {@code Host}. */
    String hostHeader() {
        String name = host.indexOf(':') >= 0 && !host.startsWith("[") ? "[" + host + "]" : host;
        return port == (tls ? 443 : 80) ? name : name + ":" + port;
    }

    /** The value of the header {@code Authorization}, or null where certificates say who we are. */
    synchronized @Nullable String authorization() {
        refreshWhenDue();
        return authorization;
    }

    /** Has credentials read again at the next use: the API server did not take those that we had. */
    synchronized void credentialsRefused() {
        long now = nanos.getAsLong();
        // once a second at most, as an exec plugin is a process
        if (now - refreshedNanos > TimeUnit.SECONDS.toNanos(1)) {
            refreshedNanos = now - REFRESH_NANOS;
        }
    }

    @Override
    public String toString() {
        return (tls ? "https://" : "http://") + hostHeader() + basePath;
    }

    private void refreshWhenDue() {
        if (nanos.getAsLong() - refreshedNanos >= REFRESH_NANOS) {
            Config newer = refresh.apply(config);
            // a kubeconfig that is being written may have lost its server for a moment; what we have then stays
            if (newer != null && newer.getMasterUrl() != null) {
                config = newer;
            }
            load();
        }
    }

    private void load() {
        refreshedNanos = nanos.getAsLong();
        sockets = tls ? sslContext(config).getSocketFactory() : null;
        String token = config.getOauthTokenProvider() != null
                ? config.getOauthTokenProvider().getToken()
                : config.getOauthToken() != null ? config.getOauthToken() : config.getAutoOAuthToken();
        if (token != null && !token.isEmpty()) {
            authorization = "Bearer " + token;
        } else if (config.getUsername() != null && config.getPassword() != null) {
            byte[] both = (config.getUsername() + ":" + config.getPassword()).getBytes(StandardCharsets.UTF_8);
            authorization = "Basic " + Base64.getEncoder().encodeToString(both);
        } else {
            authorization = null;
        }
    }

    /** The name of the key's algorithm is not in a PKCS#8 file's first line, by which fabric8 guesses it, so both are tried. */
    private static SSLContext sslContext(Config config) {
        Exception first = null;
        for (String algorithm : new String[] {config.getClientKeyAlgo(), "EC", "RSA"}) {
            config.setClientKeyAlgo(algorithm == null ? "RSA" : algorithm);
            try {
                return SSLUtils.sslContext(config);
            } catch (IOException | GeneralSecurityException e) {
                first = first == null ? e : first;
            }
        }
        IOException cause = first instanceof IOException io ? io : new IOException(first);
        throw new IllegalArgumentException(
                String.format(Locale.ROOT, "cannot use the certificates for %s: %s", config.getMasterUrl(), first),
                new UncheckedIOException(cause));
    }
}
