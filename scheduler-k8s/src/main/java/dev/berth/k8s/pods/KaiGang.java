package dev.berth.k8s.pods;

import dev.berth.placement.GangRequest;
import org.jspecify.annotations.Nullable;

/** KAI-Scheduler's pod grouper writes an annotation that names a PodGroup. Subgroups are taken together. */
final class KaiGang implements GangConvention {
    private static final String CONVENTION = "kai";
    private static final String MIN = "kai.scheduler/batch-min-member";

    @Override
    public @Nullable FoundGang find(Words words, GroupLookup groups) {
        String name = words.annotation("pod-group-name");
        if (name == null) {
            return null;
        }
        FoundGang found = FoundGang.ofGroup(
                CONVENTION, name, groups.find(CONVENTION, words.pod().namespace(), name), Gangs.completionIndex(words));
        if (!found.isAlone() && found.min() == 0 && words.either(MIN) != null) {
            return found.withMin(words.number(MIN, 1, GangRequest.MAX_TASKS, 0), MIN);
        }
        return found;
    }
}
