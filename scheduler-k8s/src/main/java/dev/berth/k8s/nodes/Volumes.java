package dev.berth.k8s.nodes;

import dev.berth.k8s.objects.PodObject;
import java.util.List;

/** What is known of volumes. Not thread-safe. */
final class Volumes {
    private static final String ZONE = "topology.kubernetes.io/zone";
    private static final String REGION = "topology.kubernetes.io/region";
    private static final String OLD_ZONE = "failure-domain.beta.kubernetes.io/zone";
    private static final String OLD_REGION = "failure-domain.beta.kubernetes.io/region";

    /** Labels of volumes and nodes that kube-scheduler's plugin VolumeZone compares. */
    static final List<String> ZONES = List.of(ZONE, REGION, OLD_ZONE, OLD_REGION);

    /** The other name of a label of {@link #ZONES}. */
    static String otherName(String label) {
        return switch (label) {
            case ZONE -> OLD_ZONE;
            case REGION -> OLD_REGION;
            case OLD_ZONE -> ZONE;
            default -> REGION;
        };
    }

    /** What the volumes of a pod demand of its node. */
    List<VolumeRule> rules(PodObject pod) {
        return List.of();
    }
}
