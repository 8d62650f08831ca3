package dev.berth.k8s.server;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the HTTP server is told. Immutable. Each listener has a port and threads of its own, so that a flood on one leaves the others alone.
 *
 * @param extender where kube-scheduler asks, or null for nowhere
 * @param page where explanations and the live page are read, or null
 * @param webhook where the API server sends new pods, or null
 * @param health where health, readiness and metrics are read, or null
 * @param nodeCacheCapable the setting of the same name in kube-scheduler's configuration of the extender. With true, a request that carries
 *     node objects is a simulation without effects, as cluster autoscalers ask; with false, every filter carries them
 * @param filter how many nodes a filter answers
 * @param gates which pods the webhook gates
 * @param limits what one listener bears
 */
public record ServerSettings(
        @Nullable Listener extender,
        @Nullable Listener page,
        @Nullable Listener webhook,
        @Nullable Listener health,
        boolean nodeCacheCapable,
        Filter filter,
        Gates gates,
        Limits limits) {

    /** How many nodes a filter answers. */
    public enum Filter {
        /** The one node of the plan. kube-scheduler then calls no prioritize, and schedules more than twice as fast at 5,000 nodes. */
        ONE,
        /** All nodes that would do. Berth advises, and prioritize ranks; nothing is held for the pod before it is bound. */
        ALL
    }

    /** How a listener is protected. */
    public enum Security {
        /** Not at all: HTTP. */
        PLAIN,
        /** HTTPS with the server's certificate. */
        TLS,
        /** HTTPS, and clients must show a certificate too. */
        MUTUAL_TLS
    }

    /**
     * An address to listen on.
     *
     * @param host name or address of one of this machine's interfaces, such as {@code 127.0.0.1}; {@code 0.0.0.0} for all
     * @param port 0 to 65535; 0 takes a free one
     * @param security how it is protected
     * @param certificate PEM file with the server's certificate and those between it and its CA; needed unless plain
     * @param key PEM file with its private key, unencrypted; needed unless plain
     * @param clientCa PEM file with the certificates of CAs that clients' certificates must come from; needed for mutual TLS
     * @param clientNames common names that clients' certificates may have; empty for all
     */
    public record Listener(
            String host,
            int port,
            Security security,
            @Nullable Path certificate,
            @Nullable Path key,
            @Nullable Path clientCa,
            List<String> clientNames) {
        /**
         * Checks the values, and copies the list.
         *
         * @throws IllegalArgumentException when a value is not allowed, or a file is missing that the security needs
         */
        public Listener {
            clientNames = List.copyOf(clientNames);
            if (port < 0 || port > 65_535) {
                throw new IllegalArgumentException("port is " + port + ", allowed: 0 to 65535");
            }
            boolean files = certificate != null && key != null;
            if (security != Security.PLAIN && !files) {
                throw new IllegalArgumentException("security is " + security
                        + " without certificate and key, which it needs; only PLAIN does without");
            }
            if (security == Security.MUTUAL_TLS && clientCa == null) {
                throw new IllegalArgumentException(
                        "security is MUTUAL_TLS without clientCa, the CA that clients' certificates come from");
            }
            if (security != Security.MUTUAL_TLS && !clientNames.isEmpty()) {
                throw new IllegalArgumentException("clientNames is " + clientNames + " with security " + security
                        + "; only MUTUAL_TLS knows clients by name");
            }
        }

        /** HTTP. Whoever reaches the port may ask. */
        public static Listener plain(String host, int port) {
            return new Listener(host, port, Security.PLAIN, null, null, null, List.of());
        }

        /** HTTPS; clients remain unknown. */
        public static Listener tls(String host, int port, Path certificate, Path key) {
            return new Listener(host, port, Security.TLS, certificate, key, null, List.of());
        }

        /** HTTPS for clients with a certificate. */
        public static Listener mutualTls(
                String host, int port, Path certificate, Path key, Path clientCa, List<String> clientNames) {
            return new Listener(host, port, Security.MUTUAL_TLS, certificate, key, clientCa, clientNames);
        }
    }

    /**
     * Which pods the webhook gates.
     *
     * @param resources names of the resources that Berth manages; one that ends with {@code *} stands for all that begin so
     * @param schedulerNames {@code spec.schedulerName} of pods that may be gated
     */
    public record Gates(Set<String> resources, Set<String> schedulerNames) {
        /** GPUs as the device plugins of NVIDIA and AMD name them; a node is asked for them in this order. */
        public static final List<String> USUAL_RESOURCES =
                List.of("nvidia.com/gpu", "nvidia.com/gpu.shared", "nvidia.com/mig-*", "amd.com/gpu");

        /** {@link #USUAL_RESOURCES}, and kube-scheduler under its usual name. */
        public static final Gates DEFAULT = new Gates(Set.copyOf(USUAL_RESOURCES), Set.of("default-scheduler"));

        /** Copies the sets. */
        public Gates {
            resources = Set.copyOf(resources);
            schedulerNames = Set.copyOf(schedulerNames);
        }
    }

    /**
     * What one listener bears.
     *
     * @param threads requests that are read, answered or written at the same time, 1 to 1024
     * @param connections connections that are open at the same time, 1 to 65536. A process has one such limit: that of the first server
     * @param bodyBytes largest body of a request, 1024 to 1 Gi. A filter with the names of 5,000 nodes has 86 kB; with node objects, 10 kB a node
     * @param bodiesBytes most that the bodies of all requests of a listener take together, {@code bodyBytes} at least
     * @param read how long a request may take to arrive, TLS handshake included
     * @param readWhenBusy the same while others wait for a thread
     * @param write how long a client may take to receive an answer
     * @param queue how long a request may wait for a thread before it is refused: kube-scheduler gives up after 5 s by default
     * @param bind how long the answer to bind waits for the API server
     * @param binds binds that may wait at the same time
     */
    public record Limits(
            int threads,
            int connections,
            int bodyBytes,
            long bodiesBytes,
            Duration read,
            Duration readWhenBusy,
            Duration write,
            Duration queue,
            Duration bind,
            int binds) {
        /** For a cluster of 5,000 nodes. */
        public static final Limits DEFAULT = new Limits(
                16,
                512,
                64 << 20,
                160L << 20,
                Duration.ofSeconds(5),
                Duration.ofSeconds(1),
                Duration.ofSeconds(10),
                Duration.ofSeconds(4),
                Duration.ofSeconds(30),
                1024);

        /**
         * Checks the values.
         *
         * @throws IllegalArgumentException when one is not allowed
         */
        public Limits {
            require("threads", threads, 1, 1024);
            require("connections", connections, 1, 65_536);
            require("bodyBytes", bodyBytes, 1024, 1 << 30);
            require("bodiesBytes", bodiesBytes, bodyBytes, Long.MAX_VALUE);
            require("read", read);
            require("readWhenBusy", readWhenBusy);
            require("write", write);
            require("queue", queue);
            require("bind", bind);
            require("binds", binds, 1, 1 << 20);
        }

        private static void require(String name, long value, long least, long most) {
            if (value < least || value > most) {
                throw new IllegalArgumentException(name + " is " + value + ", allowed: " + least + " to " + most);
            }
        }

        private static void require(String name, Duration value) {
            if (value.isNegative() || value.isZero() || value.compareTo(Duration.ofHours(1)) > 0) {
                throw new IllegalArgumentException(name + " is " + value + ", allowed: more than zero, up to an hour");
            }
        }
    }
}
