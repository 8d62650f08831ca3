package dev.berth.k8s.pods;

import org.jspecify.annotations.Nullable;

/** Grove's label names a PodGang. */
final class GroveGang implements GangConvention {
    private static final String CONVENTION = "grove";

    @Override
    public @Nullable FoundGang find(Words words, GroupLookup groups) {
        String name = words.either("grove.io/podgang");
        if (name == null) {
            return null;
        }
        return FoundGang.ofGroup(
                CONVENTION, name, groups.find(CONVENTION, words.pod().namespace(), name), Gangs.completionIndex(words));
    }
}
