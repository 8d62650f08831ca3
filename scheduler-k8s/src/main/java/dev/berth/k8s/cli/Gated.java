package dev.berth.k8s.cli;

import dev.berth.k8s.engine.EngineSettings;
import io.fabric8.kubernetes.api.model.ListOptions;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodList;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A pod that Berth's gate holds.
 *
 * @param pod its name
 * @param uid which pod of that name
 * @param gate at which place the gate stands in its list
 * @param others names of other gates that hold it too
 */
record Gated(PodName pod, String uid, int gate, List<String> others) {
    /** What is decoded at a time; a cluster may have tens of thousands of pods. */
    private static final long PAGE = 500;

    Gated {
        others = List.copyOf(others);
    }

    /** How Berth's gate holds a pod, or null when it does not. */
    static @Nullable Gated of(Pod pod) {
        int gate = -1;
        List<String> others = new ArrayList<>();
        for (int i = 0; i < pod.getSpec().getSchedulingGates().size(); i++) {
            String name = pod.getSpec().getSchedulingGates().get(i).getName();
            if (name.equals(EngineSettings.GATE)) {
                gate = i;
            } else {
                others.add(name);
            }
        }
        return gate < 0
                ? null
                : new Gated(
                        new PodName(
                                pod.getMetadata().getNamespace(),
                                pod.getMetadata().getName()),
                        pod.getMetadata().getUid(),
                        gate,
                        others);
    }

    /**
     * All of a namespace, or of all.
     *
     * @param namespace null for all
     */
    static List<Gated> list(KubernetesClient client, @Nullable String namespace) {
        List<Gated> all = new ArrayList<>();
        @Nullable String next = null;
        do {
            // A gated pod is Pending, and the API server need not send the others.
            ListOptions options = new ListOptionsBuilder()
                    .withLimit(PAGE)
                    .withContinue(next)
                    .withFieldSelector("status.phase=Pending,spec.nodeName=")
                    .build();
            PodList page = namespace == null
                    ? client.pods().inAnyNamespace().list(options)
                    : client.pods().inNamespace(namespace).list(options);
            for (Pod pod : page.getItems()) {
                @Nullable Gated gated = of(pod);
                if (gated != null) {
                    all.add(gated);
                }
            }
            next = page.getMetadata().getContinue();
        } while (next != null && !next.isEmpty());
        return all;
    }
}
