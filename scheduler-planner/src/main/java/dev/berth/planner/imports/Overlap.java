package dev.berth.planner.imports;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;

/**
 * Puts items together that hang on the same set of switches. The sets of most items are the groups; an item whose set is another one, as
 * when a cable is missing or in the wrong switch, joins the group that has more than half of its switches, and is a group of its own
 * when there is none.
 */
final class Overlap {
    /** Group of each item, -1 for an item with an empty set. */
    final int[] groupOf;
    /** Switches of each group. */
    final List<SortedSet<Integer>> groups = new ArrayList<>();

    private Overlap(int items) {
        groupOf = new int[items];
    }

    /**
     * Groups items; O(items x switches of an item x groups of a switch).
     *
     * @param sets switches of each item
     * @param firm of how many items the sets come before all others when groups are made: the sets of groups below, which many cables
     *     speak for
     */
    static Overlap of(List<SortedSet<Integer>> sets, int firm) {
        Overlap overlap = new Overlap(sets.size());
        Map<SortedSet<Integer>, List<Integer>> alike = new LinkedHashMap<>();
        for (int item = 0; item < sets.size(); item++) {
            alike.computeIfAbsent(sets.get(item), unused -> new ArrayList<>()).add(item);
        }
        List<Map.Entry<SortedSet<Integer>, List<Integer>>> order = new ArrayList<>(alike.entrySet());
        // Items come in order, so a set is firm when its first item is.
        order.sort(Comparator.<Map.Entry<SortedSet<Integer>, List<Integer>>>comparingInt(
                        entry -> entry.getValue().get(0) < firm ? 0 : 1)
                .thenComparingInt(entry -> -entry.getValue().size())
                .thenComparingInt(entry -> -entry.getKey().size())
                .thenComparingInt(entry -> entry.getValue().get(0)));
        Map<Integer, List<Integer>> groupsOfSwitch = new HashMap<>();
        for (Map.Entry<SortedSet<Integer>, List<Integer>> entry : order) {
            int group = overlap.groupFor(entry.getKey(), groupsOfSwitch);
            entry.getValue().forEach(item -> overlap.groupOf[item] = group);
        }
        return overlap;
    }

    private int groupFor(SortedSet<Integer> set, Map<Integer, List<Integer>> groupsOfSwitch) {
        if (set.isEmpty()) {
            return -1;
        }
        Map<Integer, Integer> shared = new HashMap<>();
        int best = -1;
        for (int fabricSwitch : set) {
            for (int group : groupsOfSwitch.getOrDefault(fabricSwitch, List.of())) {
                int count = shared.merge(group, 1, Integer::sum);
                int most = best < 0 ? 0 : shared.getOrDefault(best, 0);
                if (count > most || count == most && group < best) {
                    best = group;
                }
            }
        }
        if (best >= 0 && 2 * shared.getOrDefault(best, 0) > set.size()) {
            return best;
        }
        groups.add(set);
        for (int fabricSwitch : set) {
            groupsOfSwitch
                    .computeIfAbsent(fabricSwitch, unused -> new ArrayList<>())
                    .add(groups.size() - 1);
        }
        return groups.size() - 1;
    }
}
