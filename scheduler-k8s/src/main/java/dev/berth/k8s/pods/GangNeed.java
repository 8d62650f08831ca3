package dev.berth.k8s.pods;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a pod says of the gang that it belongs to. A value; tiers are labels of nodes or names of tiers, as they were written.
 *
 * @param key the gang
 * @param minTasks how many pods must start together; 0 when nothing says it yet, and then the gang waits until something does
 * @param totalTasks how many pods there will be, 0 when not known; then those that are there count
 * @param timeoutSeconds how long the gang may hold GPUs without all of it being bound, 0 when not said
 * @param requiredTier all stand in one domain of it, or null
 * @param preferredTier nothing is gained below it, or null
 * @param spreadTier pods are spread over its domains, or null
 * @param minDomains over how many at least; 1 without a spread tier
 * @param segmentTasks consecutive ranks that stay together; 1 without a segment tier
 * @param segmentTier inside which each segment stays, or null
 * @param sameModel whether all run on one GPU model
 * @param sameLabels labels whose value is the same on all nodes of the gang
 * @param railAligned whether all nodes give GPUs of the same rails
 * @param maxTasksPerNode most pods on one node, 0 when not said
 */
public record GangNeed(
        GangKey key,
        int minTasks,
        int totalTasks,
        int timeoutSeconds,
        @Nullable String requiredTier,
        @Nullable String preferredTier,
        @Nullable String spreadTier,
        int minDomains,
        int segmentTasks,
        @Nullable String segmentTier,
        boolean sameModel,
        Set<String> sameLabels,
        boolean railAligned,
        int maxTasksPerNode) {
    /** Copies the set. */
    public GangNeed {
        sameLabels = Set.copyOf(sameLabels);
    }
}
