package dev.berth.k8s.objects;

import java.util.List;

/** Which resources are kept count of beside CPU, memory and GPUs. */
public final class CountedResources {
    /** Names of resources that are always kept count of; {@code hugepages-*} are too. */
    public static final List<String> DEFAULT =
            List.of("pods", "ephemeral-storage", "rdma/hca", "rdma/ib", "nvidia.com/hostdev", "vpc.amazonaws.com/efa");

    private CountedResources() {}

    /** Whether a resource is kept count of. */
    public static boolean matches(String name) {
        return DEFAULT.contains(name) || name.startsWith("hugepages-");
    }
}
