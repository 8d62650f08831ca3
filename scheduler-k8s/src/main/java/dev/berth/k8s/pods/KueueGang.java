package dev.berth.k8s.pods;

import dev.berth.placement.GangRequest;
import org.jspecify.annotations.Nullable;

/** Kueue's groups of plain pods: a label names the group, an annotation says of how many pods. */
final class KueueGang implements GangConvention {
    private static final String PREFIX = "kueue.x-k8s.io/";
    private static final String NAME = PREFIX + "pod-group-name";
    private static final String TOTAL = PREFIX + "pod-group-total-count";
    private static final String INDEX = PREFIX + "pod-group-pod-index";

    @Override
    public @Nullable FoundGang find(Words words, GroupLookup groups) {
        String name = words.label(NAME);
        if (name == null) {
            return null;
        }
        int total = words.number(TOTAL, 1, GangRequest.MAX_TASKS, 0);
        if (words.either(TOTAL) == null && !OwnSizes.isSaid(words)) {
            words.problems()
                    .add("annotation " + TOTAL, "absent", "the number of pods of group " + name + ", 1 or more");
        }
        int rank = words.either(INDEX) == null
                ? Gangs.completionIndex(words)
                : words.number(INDEX, 0, GangRequest.MAX_TASKS - 1, -1);
        return FoundGang.sized("kueue", name, total, words.place(TOTAL), total, rank);
    }
}
