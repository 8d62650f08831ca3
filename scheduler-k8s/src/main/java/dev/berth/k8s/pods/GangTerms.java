package dev.berth.k8s.pods;

import dev.berth.k8s.objects.PodAnnotations;
import dev.berth.placement.GangRequest;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** How a gang should stand, as {@code berth.dev/} annotations say it, which hold with gangs of every convention. */
record GangTerms(
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
    static GangTerms read(Words words) {
        String prefix = PodAnnotations.BERTH;
        return new GangTerms(
                words.annotation(prefix + "required-tier"),
                words.annotation(prefix + "preferred-tier"),
                words.annotation(prefix + "spread-tier"),
                words.number(prefix + "spread-domains", 1, GangRequest.MAX_TASKS, 1),
                words.number(prefix + "segment-tasks", 1, GangRequest.MAX_TASKS, 1),
                words.annotation(prefix + "segment-tier"),
                words.truth(prefix + "same-model"),
                words.set(prefix + "same-labels"),
                words.truth(prefix + "rail-aligned"),
                words.number(prefix + "max-tasks-per-node", 1, GangRequest.MAX_TASKS_PER_NODE, 0));
    }

    /** With tiers that a convention names, where the pod itself names none. */
    GangTerms or(@Nullable String required, @Nullable String preferred) {
        return new GangTerms(
                requiredTier != null ? requiredTier : required,
                preferredTier != null ? preferredTier : preferred,
                spreadTier,
                minDomains,
                segmentTasks,
                segmentTier,
                sameModel,
                sameLabels,
                railAligned,
                maxTasksPerNode);
    }

    GangNeed gang(GangKey key, int min, int total, int timeoutSeconds) {
        return new GangNeed(
                key,
                min,
                total,
                timeoutSeconds,
                requiredTier,
                preferredTier,
                spreadTier,
                minDomains,
                segmentTasks,
                segmentTier,
                sameModel,
                sameLabels,
                railAligned,
                maxTasksPerNode);
    }
}
