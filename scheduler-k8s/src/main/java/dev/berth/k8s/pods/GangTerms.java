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
    private static final String KAI = "kai.scheduler/";
    private static final String KUEUE = "kueue.x-k8s.io/podset-";

    /** Annotations of Berth, in their absence those of KAI-Scheduler and Kueue. */
    static GangTerms read(Words words) {
        String prefix = PodAnnotations.BERTH;
        GangTerms own = new GangTerms(
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
        return own.or(
                        words.annotation(KAI + "topology-required-placement"),
                        words.annotation(KAI + "topology-preferred-placement"),
                        words.annotation(KAI + "segment-topology-required-placement"),
                        words.number(KAI + "segment-size", 1, GangRequest.MAX_TASKS, 1))
                .or(
                        words.annotation(KUEUE + "required-topology"),
                        words.annotation(KUEUE + "preferred-topology"),
                        words.annotation(KUEUE + "slice-required-topology"),
                        words.number(KUEUE + "slice-size", 1, GangRequest.MAX_TASKS, 1));
    }

    /** With what a convention says where these terms say nothing. */
    GangTerms or(@Nullable String required, @Nullable String preferred, @Nullable String segment, int tasks) {
        boolean takeSegment = segmentTier == null && segment != null;
        return new GangTerms(
                requiredTier != null ? requiredTier : required,
                preferredTier != null ? preferredTier : preferred,
                spreadTier,
                minDomains,
                takeSegment ? tasks : segmentTasks,
                takeSegment ? segment : segmentTier,
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
