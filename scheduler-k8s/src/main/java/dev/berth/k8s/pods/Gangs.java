package dev.berth.k8s.pods;

import dev.berth.k8s.objects.PodAnnotations;
import dev.berth.placement.GangRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds the gang of a pod. The first convention by which the pod names a gang counts; Berth's own annotations of sizes and tiers hold with
 * each of them.
 */
final class Gangs {
    /** What {@code berth.dev/gang} says for a pod that is in no gang, whatever else it says. */
    static final String NONE = "none";

    static final String GANG = PodAnnotations.BERTH + "gang";

    private static final String RANK = PodAnnotations.BERTH + "rank";

    /** In the order of precedence, which docs/kubernetes-pods.md states. */
    private static final List<GangConvention> CONVENTIONS = List.of(
            new OwnGang(),
            new UpstreamGang(),
            new PodGroupLabelGang(),
            new VolcanoGang(),
            new KaiGang(),
            new KoordinatorGang(),
            new YunikornGang(),
            new KueueGang(),
            new JobSetGang(),
            new LeaderWorkerSetGang(),
            new GroveGang(),
            new OwnerGang());

    private Gangs() {}

    static GangReading read(Words words, GroupLookup groups) {
        if (NONE.equals(words.annotation(GANG))) {
            return GangReading.NONE;
        }
        for (GangConvention convention : CONVENTIONS) {
            FoundGang found = convention.find(words, groups);
            if (found != null) {
                return found.isAlone() ? GangReading.NONE : of(words, found);
            }
        }
        return GangReading.NONE;
    }

    private static GangReading of(Words words, FoundGang found) {
        OwnSizes own = OwnSizes.read(words);
        int total = own.total() > 0 ? own.total() : found.total();
        int min = own.min() > 0 ? own.min() : own.total() > 0 ? own.total() : found.min();
        if (total > 0 && min > total) {
            String field = own.min() > 0 ? "annotation " + OwnSizes.MIN : found.minField();
            words.problems().add(field + " of gang " + found.name(), min, "up to its size, " + total);
            min = total;
        }
        GangNeed gang = GangTerms.read(words)
                .or(found.required(), found.preferred(), found.segmentTier(), found.segmentTasks())
                .gang(
                        new GangKey(found.convention(), words.pod().namespace(), found.name()),
                        min,
                        total,
                        own.timeoutSeconds() > 0 ? own.timeoutSeconds() : found.timeoutSeconds());
        return new GangReading(gang, rank(words, found, total));
    }

    /** What the pod says itself must be right; indices of other systems may run on past the gang's size, and then say nothing. */
    private static int rank(Words words, FoundGang found, int total) {
        int most = total > 0 ? total - 1 : GangRequest.MAX_TASKS - 1;
        int own = words.number(RANK, 0, most, -1);
        return own < 0 && found.rank() <= most ? found.rank() : own;
    }

    /** A rank as Jobs and StatefulSets number their pods; -1 without. */
    static int completionIndex(Words words) {
        for (String key : List.of("batch.kubernetes.io/job-completion-index", "apps.kubernetes.io/pod-index")) {
            if (words.either(key) != null) {
                return words.number(key, 0, Integer.MAX_VALUE, -1);
            }
        }
        return -1;
    }

    /** The tier that stands first of several, null when there is none. */
    static @Nullable String first(@Nullable String... tiers) {
        for (String tier : tiers) {
            if (tier != null) {
                return tier;
            }
        }
        return null;
    }
}
