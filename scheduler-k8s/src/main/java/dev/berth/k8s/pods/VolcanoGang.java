package dev.berth.k8s.pods;

import org.jspecify.annotations.Nullable;

/** Volcano's annotation names a PodGroup; pods of a task are numbered. */
final class VolcanoGang implements GangConvention {
    private static final String CONVENTION = "volcano";
    private static final String INDEX = "volcano.sh/task-index";

    @Override
    public @Nullable FoundGang find(Words words, GroupLookup groups) {
        String name = Gangs.first(
                words.annotation("scheduling.k8s.io/group-name"), words.annotation("scheduling.volcano.sh/group-name"));
        if (name == null) {
            return null;
        }
        int rank = words.either(INDEX) == null
                ? Gangs.completionIndex(words)
                : words.number(INDEX, 0, Integer.MAX_VALUE, -1);
        return FoundGang.ofGroup(
                CONVENTION, name, groups.find(CONVENTION, words.pod().namespace(), name), rank);
    }
}
