package dev.berth.planner.imports;

import java.util.List;
import java.util.Map;
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

    /** What a tier is called that is so far from the hosts. */
    static String tier(int level) {
        return level <= TIERS.size() ? TIERS.get(level - 1) : "tier-" + level;
    }
}
