package dev.berth.k8s.pods;

import dev.berth.k8s.objects.GroupObject;
import dev.berth.k8s.objects.PodAnnotations;
import dev.berth.placement.GangRequest;
import org.jspecify.annotations.Nullable;

/** Finds the gang of a pod. */
final class Gangs {
    private static final String GANG = PodAnnotations.BERTH + "gang";
    private static final String SIZE = GANG + "-size";
    private static final String MIN = GANG + "-min";
    private static final String TIMEOUT = GANG + "-timeout-seconds";
    private static final String RANK = PodAnnotations.BERTH + "rank";

    private Gangs() {}

    static GangReading read(Words words, GroupLookup groups) {
        String own = words.annotation(GANG);
        if (own != null) {
            int total = words.number(SIZE, 1, GangRequest.MAX_TASKS, 0);
            int min = words.number(MIN, 1, GangRequest.MAX_TASKS, total);
            GangTerms terms = GangTerms.read(words);
            return new GangReading(
                    terms.gang(
                            new GangKey("berth", words.pod().namespace(), own),
                            min,
                            total,
                            words.number(TIMEOUT, 0, Integer.MAX_VALUE, 0)),
                    words.number(RANK, 0, GangRequest.MAX_TASKS - 1, -1));
        }
        String podGroup = words.pod().spec().podGroup();
        if (podGroup != null) {
            return ofGroup(words, groups, "kubernetes", podGroup);
        }
        return GangReading.NONE;
    }

    private static GangReading ofGroup(Words words, GroupLookup groups, String convention, String name) {
        String namespace = words.pod().namespace();
        @Nullable GroupObject group = groups.find(convention, namespace, name);
        GangTerms terms = GangTerms.read(words);
        if (group == null) {
            return new GangReading(terms.gang(new GangKey(convention, namespace, name), 0, 0, 0), -1);
        }
        if (group.minMembers() == 0) {
            return GangReading.NONE;
        }
        return new GangReading(
                terms.or(group.requiredTopology(), group.preferredTopology())
                        .gang(new GangKey(convention, namespace, name), group.minMembers(), 0, group.timeoutSeconds()),
                -1);
    }
}
