package dev.berth.k8s.pods;

import java.util.Set;

/** Memory of the cluster's GPUs, for pods that ask for a part of a GPU in MiB. */
public interface GpuSizes {
    /** Nothing is known. */
    GpuSizes UNKNOWN = (models, leastMib) -> 0;

    /**
     * Memory in MiB of the smallest GPUs of the cluster that have at least {@code leastMib}, 0 when there are none.
     *
     * @param models names of models that will do, as the pod writes them; empty means any
     */
    int smallest(Set<String> models, int leastMib);
}
