package dev.berth.k8s.objects;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A persistent volume, as far as it says from which nodes it can be reached. Immutable; equal when all that is kept is equal.
 *
 * @param name its name
 * @param labels all its labels; some say zones
 * @param hasNodeTerms whether it says from which nodes it can be reached
 * @param nodeTerms from which: one of these must match
 * @param storageClass its class, empty for none
 * @param claim the claim that it is for, {@code namespace/name}, or null
 * @param available whether a claim may still take it (phase {@code Available})
 * @param deleting whether its deletion has been asked for
 * @param capacityBytes how large it is
 * @param accessModes what it is able to do
 */
public record VolumeObject(
        String name,
        Map<String, String> labels,
        boolean hasNodeTerms,
        List<PodSpec.NodeTerm> nodeTerms,
        String storageClass,
        @Nullable String claim,
        boolean available,
        boolean deleting,
        long capacityBytes,
        List<String> accessModes) {
    /** Copies the collections. */
    public VolumeObject {
        labels = Map.copyOf(labels);
        nodeTerms = List.copyOf(nodeTerms);
        accessModes = List.copyOf(accessModes);
    }
}
