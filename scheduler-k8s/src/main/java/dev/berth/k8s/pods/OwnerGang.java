package dev.berth.k8s.pods;

import dev.berth.k8s.objects.PodObject;
import org.jspecify.annotations.Nullable;

/**
 * Pods that say the size of their gang but not its name: those of one owner are the gang, such as a Job or a StatefulSet. A Job without
 * such an annotation is no gang, because many Jobs are made of pods that need not run together.
 */
final class OwnerGang implements GangConvention {
    @Override
    public @Nullable FoundGang find(Words words, GroupLookup groups) {
        if (!OwnSizes.isSaid(words)) {
            return null;
        }
        PodObject.Owner owner = words.pod().owner();
        if (owner == null) {
            words.problems().add("annotation " + Gangs.GANG, "absent", "the gang's name, because the pod has no owner");
            return null;
        }
        String name = owner.name() + "/" + owner.uid();
        return FoundGang.sized("owner", name, 0, "annotation " + OwnSizes.MIN, 0, Gangs.completionIndex(words));
    }
}
