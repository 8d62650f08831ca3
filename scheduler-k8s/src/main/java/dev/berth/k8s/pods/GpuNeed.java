package dev.berth.k8s.pods;

import dev.berth.placement.GpuDemand;
import java.util.Set;

/**
 * What a pod asks of GPUs.
 *
 * @param wanted whether it asks for any, readable or not
 * @param demand what it asks for, none where that cannot be read
 * @param models that will do, empty for any
 * @param minMemoryMib least memory of each GPU, 0 for any
 */
record GpuNeed(boolean wanted, GpuDemand demand, Set<String> models, int minMemoryMib) {
    /** No GPU. */
    static final GpuNeed NONE = new GpuNeed(false, GpuDemand.NONE, Set.of(), 0);

    static GpuNeed read(Words words, PodSettings settings, GpuSizes sizes) {
        return new GpuReading(words, settings, sizes).read();
    }
}
