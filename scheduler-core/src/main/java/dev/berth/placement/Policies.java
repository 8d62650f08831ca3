package dev.berth.placement;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The policies that come with Berth, by the names that users choose them by. Thread-safe. */
public final class Policies {
    private static final Map<String, Policy> BY_NAME = new LinkedHashMap<>();

    static {
        for (Policy policy : List.of(
                new PublishedPolicies.Stateless("best-fit", PublishedPolicies::bestFit),
                new PublishedPolicies.Stateless("first-fit", PublishedPolicies::firstFit),
                new PublishedPolicies.Stateless("dot-product", PublishedPolicies::dotProduct),
                new PublishedPolicies.Stateless("gpu-packing", PublishedPolicies::gpuPacking),
                new PublishedPolicies.Stateless("gpu-clustering", PublishedPolicies::gpuClustering),
                random(0),
                FragmentationGradientPolicy.learning(),
                ExpectedFillPolicy.fill(),
                ExpectedFillPolicy.berth())) {
            BY_NAME.put(policy.name(), policy);
        }
    }

    private Policies() {}

    /**
     * The policy of that name. Policies that need to know the workload learn it from what arrives.
     *
     * @throws IllegalArgumentException if there is none, with the names that there are
     */
    public static Policy byName(String name) {
        Policy policy = BY_NAME.get(name);
        if (policy == null) {
            throw new IllegalArgumentException("policy is '" + name + "', allowed: " + String.join(", ", names()));
        }
        return policy;
    }

    /** All names, the published baselines first. */
    public static List<String> names() {
        return List.copyOf(BY_NAME.keySet());
    }

    /** Random placement that repeats itself for a seed; {@code byName("random")} is that of seed 0. */
    public static Policy random(long seed) {
        return new RandomPolicy(seed);
    }
}
