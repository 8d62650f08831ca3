package dev.berth.k8s.objects;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A persistent volume claim, as far as it says on which nodes its pods may stand. Immutable; equal when all that is kept is equal.
 *
 * @param namespace its namespace
 * @param name its name
 * @param volumeName the volume that it names, or null
 * @param bindCompleted whether volume and claim know of each other ({@code pv.kubernetes.io/bind-completed})
 * @param deleting whether its deletion has been asked for
 * @param lost whether its volume is gone (phase {@code Lost})
 * @param storageClass the class of its volume, empty for none
 * @param selectedNode the node for which its volume is being made ({@code volume.kubernetes.io/selected-node}), or null
 * @param requestBytes how large the volume must be
 * @param accessModes what the volume must be able to do
 * @param selector expressions over labels of volumes, all of which must hold
 */
public record ClaimObject(
        String namespace,
        String name,
        @Nullable String volumeName,
        boolean bindCompleted,
        boolean deleting,
        boolean lost,
        String storageClass,
        @Nullable String selectedNode,
        long requestBytes,
        List<String> accessModes,
        List<PodSpec.Expression> selector) {
    /** Copies the lists. */
    public ClaimObject {
        accessModes = List.copyOf(accessModes);
        selector = List.copyOf(selector);
    }
}
