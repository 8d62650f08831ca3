package dev.berth.k8s.pods;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The label of scheduler-plugins, which HAMi and (in its older spelling) Koordinator use too, names a PodGroup. */
final class PodGroupLabelGang implements GangConvention {
    private static final String CONVENTION = "scheduler-plugins";
    private static final List<String> LABELS =
            List.of("scheduling.x-k8s.io/pod-group", "pod-group.scheduling.sigs.k8s.io");

    @Override
    public @Nullable FoundGang find(Words words, GroupLookup groups) {
        for (String label : LABELS) {
            String name = words.label(label);
            if (name != null) {
                return FoundGang.ofGroup(
                        CONVENTION,
                        name,
                        groups.find(CONVENTION, words.pod().namespace(), name),
                        KoordinatorGang.index(words));
            }
        }
        return null;
    }
}
