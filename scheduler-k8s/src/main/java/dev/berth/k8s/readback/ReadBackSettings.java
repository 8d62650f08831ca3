package dev.berth.k8s.readback;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What is read back of the GPUs that pods have. Immutable.
 *
 * @param prometheus the Prometheus that scrapes dcgm-exporter; null without
 * @param podResources what the kubelets say; null without
 */
public record ReadBackSettings(
        @Nullable Prometheus prometheus, @Nullable PodResources podResources) {
    /** Nothing is read back. */
    public static final ReadBackSettings OFF = new ReadBackSettings(null, null);

    /** How often a source is read when nothing else is said: dcgm-exporter collects every 30 s. */
    public static final Duration EVERY = Duration.ofSeconds(30);

    /** How long a Prometheus may take when nothing else is said. */
    public static final Duration TIMEOUT = Duration.ofSeconds(10);

    /** What dcgm-exporter has for each GPU and each MIG instance; its use in percent is missing under MIG. */
    public static final String SELECTOR = "DCGM_FI_DEV_FB_USED";

    private static final Duration LEAST = Duration.ofSeconds(1);

    /**
     * A Prometheus, or what answers as it does.
     *
     * @param url what comes before {@code /api/v1/query}
     * @param selector PromQL for the series of one metric of dcgm-exporter, of this cluster's nodes alone
     * @param every time between two questions; 1 s or more
     * @param timeout until the end of an answer; 1 s or more
     * @param token file with a bearer token, read for each question; null without
     * @param ca file with certificates (PEM) by which an https server is known; null for those of the JVM
     */
    public record Prometheus(
            URI url,
            String selector,
            Duration every,
            Duration timeout,
            @Nullable Path token,
            @Nullable Path ca) {
        /**
         * Checks every field.
         *
         * @throws IllegalArgumentException naming the field, its value and what is allowed
         */
        public Prometheus {
            String scheme = String.valueOf(url.getScheme());
            boolean isHttp = scheme.equals("http") || scheme.equals("https");
            if (!isHttp
                    || url.getHost() == null
                    || url.getRawUserInfo() != null
                    || url.getRawQuery() != null
                    || url.getRawFragment() != null) {
                throw new IllegalArgumentException(
                        "url is '" + url
                                + "', allowed: http or https, a host, a port and a path, such as http://prometheus.monitoring:9090");
            }
            if (selector.isBlank()) {
                throw new IllegalArgumentException("selector is empty, allowed: PromQL such as " + SELECTOR);
            }
            atLeast("everySeconds", every);
            atLeast("timeoutSeconds", timeout);
        }
    }

    /**
     * A folder with a file {@code NODE.json} for each node, in which something on the node writes what its kubelet answers.
     *
     * @param folder the folder
     * @param every time between two looks; 1 s or more
     */
    public record PodResources(Path folder, Duration every) {
        /**
         * Checks every field.
         *
         * @throws IllegalArgumentException naming the field, its value and what is allowed
         */
        public PodResources {
            atLeast("everySeconds", every);
        }
    }

    private static void atLeast(String field, Duration value) {
        if (value.compareTo(LEAST) < 0) {
            throw new IllegalArgumentException(field + " is " + value.toMillis() / 1000.0 + ", allowed: 1 or more");
        }
    }
}
