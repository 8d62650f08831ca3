package dev.berth.k8s.pods;

import java.util.List;

/**
 * Which resources of pods Berth looks at. Each entry is the name of a resource, in which each {@code *} stands for any characters. Immutable.
 *
 * @param gpuResources resources of which one unit is one GPU. A pod that asks for any of them, for a MIG instance or for a share of a GPU is
 *     one that Berth places. Where a node splits GPUs into units of their own (time slices, partitions of AMD), such a unit counts as a
 *     GPU of that node
 * @param counted further resources that are counted when a node is chosen: at most {@value dev.berth.cluster.Cluster#MAX_COUNTED}
 *     different ones in a cluster. {@code pods} is one for each pod
 */
public record PodSettings(List<String> gpuResources, List<String> counted) {
    /** GPUs of NVIDIA and AMD; and what else runs out on a node with GPUs: room for pods, local disk, huge pages and NICs. MIG instances are
     * counted too, as the device plugin offers those that were made and no others. */
    public static final PodSettings DEFAULT = new PodSettings(
            List.of("nvidia.com/gpu", "nvidia.com/gpu.shared", "amd.com/gpu", "amd.com/*_nps*"),
            List.of(
                    "pods",
                    "ephemeral-storage",
                    "hugepages-*",
                    "rdma/*",
                    "nvidia.com/hostdev",
                    "mellanox.com/*",
                    "vpc.amazonaws.com/efa",
                    "koordinator.sh/rdma",
                    "nvidia.com/mig-*"));

    /** Copies the lists. */
    public PodSettings {
        gpuResources = List.copyOf(gpuResources);
        counted = List.copyOf(counted);
    }

    /** Whether a unit of the resource is a GPU. */
    public boolean isGpu(String resource) {
        return matches(gpuResources, resource);
    }

    /** Whether the resource is counted when a node is chosen. */
    public boolean isCounted(String resource) {
        return matches(counted, resource);
    }

    private static boolean matches(List<String> patterns, String resource) {
        for (String pattern : patterns) {
            if (matches(pattern, resource)) {
                return true;
            }
        }
        return false;
    }

    private static boolean matches(String pattern, String resource) {
        int star = pattern.indexOf('*');
        if (star < 0) {
            return pattern.equals(resource);
        }
        if (!resource.startsWith(pattern.substring(0, star))) {
            return false;
        }
        String rest = pattern.substring(star + 1);
        if (rest.isEmpty()) {
            return true;
        }
        for (int i = star; i <= resource.length(); i++) {
            if (matches(rest, resource.substring(i))) {
                return true;
            }
        }
        return false;
    }
}
