package dev.berth.k8s.pods;

import org.jspecify.annotations.Nullable;

/** {@code berth.dev/gang} names the gang; {@code berth.dev/gang-size} or {@code berth.dev/gang-min} must say how large it is. */
final class OwnGang implements GangConvention {
    @Override
    public @Nullable FoundGang find(Words words, GroupLookup groups) {
        String name = words.annotation(Gangs.GANG);
        if (name == null) {
            return null;
        }
        if (!OwnSizes.isSaid(words)) {
            words.problems()
                    .add("annotation " + OwnSizes.SIZE, "absent", "the number of pods of gang " + name + ", 1 or more");
        }
        return FoundGang.sized("berth", name, 0, "annotation " + OwnSizes.MIN, 0, Gangs.completionIndex(words));
    }
}
