package dev.berth.k8s.pods;

import dev.berth.k8s.objects.BadObjectException;
import dev.berth.k8s.objects.GatherRules;
import dev.berth.placement.GangRequest;
import org.jspecify.annotations.Nullable;

/**
 * Koordinator's annotations say all of a gang: name, least number, total (else the least number), waiting time, the layers of the network
 * that it must or had better stay within, and the pod's index. Its deprecated labels say name and least number.
 */
final class KoordinatorGang implements GangConvention {
    private static final String PREFIX = "gang.scheduling.koordinator.sh/";
    private static final String MIN = PREFIX + "min-available";
    private static final String WAIT = PREFIX + "waiting-time";
    private static final String OLD = "pod-group.scheduling.sigs.k8s.io/";

    /** The pod's number in its gang, -1 when not said. */
    static int index(Words words) {
        String key = PREFIX + "network-topology-index";
        return words.either(key) == null
                ? Gangs.completionIndex(words)
                : words.number(key, 0, GangRequest.MAX_TASKS - 1, -1);
    }

    @Override
    public @Nullable FoundGang find(Words words, GroupLookup groups) {
        String name = words.annotation(PREFIX + "name");
        boolean old = name == null;
        name = old ? words.label(OLD + "name") : name;
        if (name == null) {
            return null;
        }
        String minKey = old ? OLD + "min-available" : MIN;
        int min = words.number(minKey, 1, GangRequest.MAX_TASKS, 0);
        if (words.either(minKey) == null) {
            words.problems().add(minKey, "absent", "the least number of pods of gang " + name + ", 1 or more");
        }
        int total = words.number(PREFIX + "total-number", 1, GangRequest.MAX_TASKS, min);
        String wait = words.annotation(WAIT);
        FoundGang found = FoundGang.sized("koordinator", name, min, words.place(minKey), total, index(words))
                .withTimeoutSeconds(wait == null ? 0 : words.seconds("annotation " + WAIT, wait));
        String topology = words.annotation(GatherRules.ANNOTATION);
        return topology == null ? found : withTiers(words, found, topology);
    }

    private static FoundGang withTiers(Words words, FoundGang found, String json) {
        try {
            GatherRules rules = GatherRules.parse(json);
            return found.withTiers(rules.required(), rules.preferred());
        } catch (BadObjectException e) {
            words.problems().add("annotation " + GatherRules.ANNOTATION, json, "rules of JSON; " + e.getMessage());
            return found;
        }
    }
}
