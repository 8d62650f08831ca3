package dev.berth.k8s.cli;

import dev.berth.planner.BadInputException;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How the API server is reached: as kubectl reaches it. */
final class KubeOptions {
    private static final int CONNECT_MILLIS = 5_000;
    private static final int REQUEST_MILLIS = 20_000;
    /** Of a request that the API server is too busy for, or that does not get through: 100 ms, 200 ms, 400 ms and so on between them. */
    private static final int RETRIES = 5;

    @Option(
            names = "--kubeconfig",
            paramLabel = "FILE",
            description = "How to reach the API server. Default: as kubectl does, by $KUBECONFIG or ~/.kube/config, and"
                    + " inside of a pod by its service account.")
    private @Nullable Path kubeconfig;

    @Option(
            names = "--context",
            paramLabel = "NAME",
            description = "The context of the kubeconfig. Default: its current one.")
    private @Nullable String context;

    /** A client, which the caller closes. */
    KubernetesClient client() {
        try {
            Config config = new ConfigBuilder(config())
                    .withConnectionTimeout(CONNECT_MILLIS)
                    .withRequestTimeout(REQUEST_MILLIS)
                    .withRequestRetryBackoffLimit(RETRIES)
                    .build();
            KeyAlgorithm.correct(config);
            return new KubernetesClientBuilder().withConfig(config).build();
        } catch (KubernetesClientException | IllegalArgumentException | IOException e) {
            throw new BadInputException(
                    (kubeconfig == null ? "the kubeconfig" : "--kubeconfig " + kubeconfig) + " cannot be used: "
                            + Texts.rootMessage(e),
                    e);
        }
    }

    private Config config() {
        if (kubeconfig == null) {
            return Config.autoConfigure(context);
        }
        if (!Files.isReadable(kubeconfig)) {
            throw new BadInputException("--kubeconfig: cannot read '" + kubeconfig + "'");
        }
        return Config.fromKubeconfig(context, kubeconfig.toFile());
    }
}
