package dev.berth.k8s.server;

import dev.berth.k8s.server.ServerSettings.Gates;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Which new pods get Berth's scheduling gate. Immutable. */
final class GateRule {
    /** Annotation or label of a pod that Berth shall leave alone, when its value is {@code true}. */
    static final String IGNORE = "berth.dev/ignore";

    /** Annotations by which a pod asks for a share of a GPU: Berth's own, and KAI's. */
    static final Set<String> FRACTIONS = Set.of("berth.dev/gpu-milli", "gpu-fraction", "gpu-memory");

    private final Set<String> names = new HashSet<>();
    private final Set<String> beginnings = new HashSet<>();
    private final Set<String> schedulerNames;

    GateRule(Gates gates) {
        schedulerNames = gates.schedulerNames();
        for (String resource : gates.resources()) {
            if (resource.endsWith("*")) {
                beginnings.add(resource.substring(0, resource.length() - 1));
            } else {
                names.add(resource);
            }
        }
    }

    /**
     * What the rule looks at.
     *
     * @param ignored whether a label or annotation says that Berth shall leave it alone
     * @param hasAnnotations whether it has a map of annotations, empty or not
     * @param hasAffinity whether it has {@code spec.affinity}
     * @param hasNodeAffinity whether that has {@code nodeAffinity}
     * @param nodeName its node, empty without
     * @param schedulerName its scheduler, empty when the API server will fill in the default one
     * @param hasGates whether it has a list of scheduling gates, empty or not
     * @param gates their names
     * @param fractions annotations of {@link #FRACTIONS} that it has
     * @param resources names in limits and requests of its containers and init containers
     */
    record NewPod(
            boolean ignored,
            boolean hasAnnotations,
            boolean hasAffinity,
            boolean hasNodeAffinity,
            String nodeName,
            String schedulerName,
            boolean hasGates,
            List<String> gates,
            Set<String> fractions,
            Set<String> resources) {
        /** Nothing. */
        static final NewPod NONE = new NewPod(false, false, false, false, "", "", false, List.of(), Set.of(), Set.of());
    }

    boolean gates(NewPod pod) {
        return !pod.ignored()
                && pod.nodeName().isEmpty()
                && schedulerNames.contains(pod.schedulerName().isEmpty() ? "default-scheduler" : pod.schedulerName())
                && (!pod.fractions().isEmpty() || pod.resources().stream().anyMatch(this::isManaged));
    }

    private boolean isManaged(String resource) {
        return names.contains(resource) || beginnings.stream().anyMatch(resource::startsWith);
    }
}
