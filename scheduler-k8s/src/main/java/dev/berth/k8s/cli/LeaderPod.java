package dev.berth.k8s.cli;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/** Finds the pod of the replica that leads: the leader marks its own. */
final class LeaderPod {
    static final String LABEL = "berth.dev/leader";

    private LeaderPod() {}

    static PodName find(KubernetesClient client, String namespace) throws SilentException {
        List<Pod> marked;
        try {
            marked = client.pods()
                    .inNamespace(namespace)
                    .withLabel(LABEL, "true")
                    .list()
                    .getItems();
        } catch (KubernetesClientException e) {
            throw new SilentException("its pods cannot be listed (" + KubeFailure.message(e) + ")");
        }
        // One that has lost the lease may bear the mark for a moment yet, but is not ready any more.
        return marked.stream()
                .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
                .filter(pod -> pod.getStatus() != null
                        && Objects.requireNonNullElse(pod.getStatus().getPhase(), "")
                                .equals("Running"))
                .min(Comparator.comparing((Pod pod) -> !isReady(pod)))
                .map(pod -> new PodName(namespace, pod.getMetadata().getName()))
                .orElseThrow(() -> new SilentException("no pod that runs in namespace " + namespace + " has the label "
                        + LABEL + "=true: no replica leads, or Berth is elsewhere (--berth-namespace, --server)"));
    }

    private static boolean isReady(Pod pod) {
        return pod.getStatus().getConditions().stream()
                .anyMatch(condition -> condition.getType().equals("Ready")
                        && condition.getStatus().equals("True"));
    }
}
