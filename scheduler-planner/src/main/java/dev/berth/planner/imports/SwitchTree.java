package dev.berth.planner.imports;

import dev.berth.planner.io.ImportNote;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A tree of switches as one source sees it. Immutable.
 *
 * @param source the file
 * @param groups switches, or groups of switches that act as one, each after those below it
 * @param groupOfNode name of the group that each node hangs on; nodes by their names in the cluster
 */
record SwitchTree(String source, List<Group> groups, Map<String, String> groupOfNode) {
    /** Names of tiers by their distance from the hosts; further ones are numbered. */
    private static final List<String> TIERS = List.of("leaf", "spine", "core");

    /**
     * Switches that act as one.
     *
     * @param name unique in the tree
     * @param tier name of its tier
     * @param level distance from the hosts, from 1; a parent's is greater
     * @param parent name of the group above it, or null
     * @param oversubscription what comes from below over what goes up; 0 when unknown
     * @param switches names of the switches
     */
    record Group(
            String name,
            String tier,
            int level,
            @Nullable String parent,
            double oversubscription,
            List<String> switches) {}

    /**
     * The tree without switches below which no node is.
     *
     * @param notes is told which they were
     */
    SwitchTree withoutEmpty(List<ImportNote> notes) {
        Map<String, Group> byName = new HashMap<>();
        groups.forEach(group -> byName.put(group.name(), group));
        Set<String> used = new HashSet<>();
        for (String group : groupOfNode.values()) {
            String at = group;
            while (at != null && used.add(at)) {
                Group one = byName.get(at);
                at = one == null ? null : one.parent();
            }
        }
        Summary empty = new Summary();
        groups.stream().map(Group::name).filter(name -> !used.contains(name)).forEach(empty::add);
        if (empty.size() > 0) {
            notes.add(new ImportNote(source, 0, "left out: switches without a node below: " + empty.examples()));
        }
        return new SwitchTree(
                source,
                groups.stream().filter(group -> used.contains(group.name())).toList(),
                groupOfNode);
    }

    /** What a tier is called that is so far from the hosts. */
    static String tier(int level) {
        return level <= TIERS.size() ? TIERS.get(level - 1) : "tier-" + level;
    }
}
