package dev.berth.k8s.objects;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A ResourceSlice: devices that a DRA driver offers. Immutable; equal when all that is kept is equal.
 *
 * @param name its name
 * @param driver the driver, such as {@code gpu.nvidia.com}
 * @param pool the pool that it is a part of
 * @param generation of the pool; slices of older generations are outdated
 * @param sliceCount of how many slices the pool consists in this generation
 * @param nodeName the node that has the devices, or null when they are not of one node
 * @param devices the GPUs among the devices
 * @param instances names of the devices that are MIG instances, such as {@code gpu-0-mig-1g10gb-19-0}, by their UUIDs
 */
public record ResourceSliceObject(
        String name,
        String driver,
        String pool,
        long generation,
        long sliceCount,
        @Nullable String nodeName,
        List<Gpu> devices,
        Map<String, String> instances) {
    /** Copies the collections. */
    public ResourceSliceObject {
        devices = List.copyOf(devices);
        instances = Map.copyOf(instances);
    }

    /**
     * A whole GPU.
     *
     * @param name name of the device, such as {@code gpu-0}
     * @param uuid its UUID, empty when not said
     * @param productName what the driver calls the model, empty when not said
     * @param memoryBytes its memory, 0 when not said
     * @param numaNode its NUMA node, -1 when not said
     * @param pcieRoot the root of its PCIe hierarchy, empty when not said
     * @param tainted whether a taint keeps new claims off it
     */
    public record Gpu(
            String name,
            String uuid,
            String productName,
            long memoryBytes,
            int numaNode,
            String pcieRoot,
            boolean tainted) {}
}
