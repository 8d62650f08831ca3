package dev.berth.k8s.objects;

import java.util.List;

/**
 * A class of volumes, as far as it says where they can be made. Immutable; equal when all that is kept is equal.
 *
 * @param name its name
 * @param provisioner who makes its volumes; {@code kubernetes.io/no-provisioner} for nobody
 * @param waitsForPod whether a volume is chosen or made only when its pod has a node ({@code WaitForFirstConsumer})
 * @param allowedTopologies where volumes can be made: one of these must match; empty for everywhere
 */
public record StorageClassObject(
        String name, String provisioner, boolean waitsForPod, List<PodSpec.NodeTerm> allowedTopologies) {
    /** Who makes volumes where nobody does. */
    public static final String NO_PROVISIONER = "kubernetes.io/no-provisioner";

    /** Copies the list. */
    public StorageClassObject {
        allowedTopologies = List.copyOf(allowedTopologies);
    }

    /** Whether volumes of the class are made when they are asked for. */
    public boolean isProvisioned() {
        return !provisioner.isEmpty() && !provisioner.equals(NO_PROVISIONER);
    }
}
