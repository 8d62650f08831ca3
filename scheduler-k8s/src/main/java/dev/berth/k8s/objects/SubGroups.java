package dev.berth.k8s.objects;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Reads the tree of subgroups of a PodGroup of KAI-Scheduler (scheduling.run.ai/v2alpha2): each asks for so many pods, or for so many of its
 * children, or for all of them. Not thread-safe.
 */
final class SubGroups {
    /** Deeper ones, or a circle, count as nothing. */
    private static final int MAX_DEPTH = 16;

    /** Their tree is walked by looking through all. */
    private static final int MAX_GROUPS = 1000;

    private final List<SubGroup> groups = new ArrayList<>();
    private final Set<String> names = new HashSet<>();

    private record SubGroup(String name, String parent, int minMember, int minSubGroup) {}

    void read(JsonParser p) throws IOException {
        groups.clear();
        names.clear();
        if (!Json.array(p)) {
            return;
        }
        while (Json.element(p)) {
            if (!Json.object(p)) {
                continue;
            }
            String name = "";
            String parent = "";
            int minMember = 0;
            int minSubGroup = 0;
            String field;
            while ((field = Json.field(p)) != null) {
                switch (field) {
                    case "name" -> name = Json.text(p);
                    case "parent" -> parent = Json.text(p);
                    case "minMember" -> minMember = Json.number(p, 0, Integer.MAX_VALUE);
                    case "minSubGroup" -> minSubGroup = Json.number(p, 0, Integer.MAX_VALUE);
                    default -> p.skipChildren();
                }
            }
            if (names.size() == MAX_GROUPS || !names.add(name)) {
                throw BadObjectException.at(p, "up to " + MAX_GROUPS + " subgroups with names of their own");
            }
            groups.add(new SubGroup(name, parent, minMember, minSubGroup));
        }
    }

    /**
     * The least number of pods that satisfies the subgroups.
     *
     * @param minSubGroup how many of the uppermost subgroups are needed, 0 for all
     */
    int leastPods(int minSubGroup) {
        return leastPods("", minSubGroup, 0);
    }

    private int leastPods(String parent, int minSubGroup, int depth) {
        if (depth == MAX_DEPTH) {
            return 0;
        }
        List<Integer> needs = new ArrayList<>();
        for (SubGroup group : groups) {
            if (group.parent.equals(parent) && !group.name.equals(parent)) {
                needs.add(group.minMember > 0 ? group.minMember : leastPods(group.name, group.minSubGroup, depth + 1));
            }
        }
        needs.sort(null);
        int needed = minSubGroup == 0 ? needs.size() : Math.min(minSubGroup, needs.size());
        long sum = 0;
        for (int need : needs.subList(0, needed)) {
            sum += need;
        }
        return (int) Math.min(Integer.MAX_VALUE, sum);
    }
}
