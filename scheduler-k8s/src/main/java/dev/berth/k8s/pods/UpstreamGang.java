package dev.berth.k8s.pods;

import org.jspecify.annotations.Nullable;

/**
 * {@code spec.schedulingGroup} (Kubernetes 1.36 and later) names a PodGroup of scheduling.k8s.io; {@code spec.workloadRef} (1.35) names a
 * workload's group, of which nothing says the size but {@code berth.dev/gang-size} or {@code berth.dev/gang-min}.
 */
final class UpstreamGang implements GangConvention {
    private static final String CONVENTION = "kubernetes";

    @Override
    public @Nullable FoundGang find(Words words, GroupLookup groups) {
        String name = words.pod().spec().podGroup();
        if (name == null) {
            return null;
        }
        return FoundGang.ofGroup(
                CONVENTION, name, groups.find(CONVENTION, words.pod().namespace(), name), Gangs.completionIndex(words));
    }
}
