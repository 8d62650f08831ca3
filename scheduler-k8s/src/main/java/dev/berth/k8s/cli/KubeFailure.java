package dev.berth.k8s.cli;

import dev.berth.planner.BadInputException;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import org.jspecify.annotations.Nullable;

/** What the API server's refusals, and its silence, are called. */
final class KubeFailure {
    private KubeFailure() {}

    /** What the API server said of a request, or why it said nothing; one line. */
    static String message(KubernetesClientException failure) {
        io.fabric8.kubernetes.api.model.@Nullable Status status = failure.getStatus();
        if (failure.getCode() > 0 && status != null && status.getMessage() != null) {
            return Texts.line(status.getMessage(), 300);
        }
        return Texts.rootMessage(failure);
    }

    /** That a command cannot go on. */
    static BadInputException ended(KubernetesClient client, String doing, KubernetesClientException failure) {
        String how = failure.getCode() > 0 ? "refused" : "cannot be reached";
        return new BadInputException(
                "the API server at " + client.getMasterUrl() + " " + how + " " + doing + ": " + message(failure),
                failure);
    }
}
