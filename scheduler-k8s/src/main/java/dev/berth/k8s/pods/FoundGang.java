package dev.berth.k8s.pods;

import dev.berth.k8s.objects.GroupObject;
import org.jspecify.annotations.Nullable;

/**
 * What a convention says of a pod's gang.
 *
 * @param convention its name
 * @param name of the gang
 * @param min how many pods start together, 0 when that is not known yet
 * @param minField where that is said, for messages
 * @param total how many pods there will be, 0 when not known
 * @param timeoutSeconds 0 when not said
 * @param required tier, or null
 * @param preferred tier, or null
 * @param segmentTier or null
 * @param segmentTasks 1 without a segment tier
 * @param rank of the pod, -1 when not said
 */
record FoundGang(
        String convention,
        String name,
        int min,
        String minField,
        int total,
        int timeoutSeconds,
        @Nullable String required,
        @Nullable String preferred,
        @Nullable String segmentTier,
        int segmentTasks,
        int rank) {
    /** The pod is in no gang. */
    static final FoundGang ALONE = sized("", "", 0, "", 0, -1);

    boolean isAlone() {
        return name.isEmpty();
    }

    /** A gang of which only numbers are known. */
    static FoundGang sized(String convention, String name, int min, String minField, int total, int rank) {
        return new FoundGang(convention, name, min, minField, total, 0, null, null, null, 1, rank);
    }

    /** The gang of a group object: not known yet while there is no such object, none if that asks for none. */
    static FoundGang ofGroup(String convention, String name, @Nullable GroupObject group, int rank) {
        if (group == null) {
            return sized(convention, name, 0, "", 0, rank);
        }
        if (group.minMembers() == 0) {
            return ALONE;
        }
        return new FoundGang(
                convention,
                name,
                group.minMembers(),
                "minimum of the pod group",
                0,
                group.timeoutSeconds(),
                group.requiredTopology(),
                group.preferredTopology(),
                null,
                1,
                rank);
    }

    FoundGang withTimeoutSeconds(int seconds) {
        return new FoundGang(
                convention, name, min, minField, total, seconds, required, preferred, segmentTier, segmentTasks, rank);
    }

    FoundGang withMin(int pods, String field) {
        return new FoundGang(
                convention,
                name,
                pods,
                field,
                total,
                timeoutSeconds,
                required,
                preferred,
                segmentTier,
                segmentTasks,
                rank);
    }

    /** With tiers in place of those that there are not yet. */
    FoundGang withTiers(@Nullable String requiredTier, @Nullable String preferredTier) {
        return new FoundGang(
                convention,
                name,
                min,
                minField,
                total,
                timeoutSeconds,
                required != null ? required : requiredTier,
                preferred != null ? preferred : preferredTier,
                segmentTier,
                segmentTasks,
                rank);
    }

    FoundGang withSegments(@Nullable String tier, int tasks) {
        return new FoundGang(
                convention,
                name,
                min,
                minField,
                total,
                timeoutSeconds,
                required,
                preferred,
                tier,
                tier == null ? 1 : tasks,
                rank);
    }
}
