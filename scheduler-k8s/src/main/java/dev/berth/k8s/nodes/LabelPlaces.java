package dev.berth.k8s.nodes;

import dev.berth.cluster.FabricSwitch;
import dev.berth.k8s.objects.NodeObject;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where nodes stand by their labels. Values are opaque. A domain is told from others by its value and those of all levels above it, so that
 * rack 7 of one block is not rack 7 of another. A node that lacks the label of a level takes the value that all other nodes of a
 * domain below that level agree on; else it is in no domain of the level, and what is below hangs on what is above.
 */
final class LabelPlaces {
    private LabelPlaces() {}

    /** One domain. */
    private record Domain(int level, String value, @Nullable Domain parent) {}

    /** Reads places. O(nodes x levels^2). */
    static Places read(Collection<NodeObject> nodes, LabelLadder ladder) {
        List<TopologyLevel> levels = ladder.levels();
        int siteLevel = levels.size();
        List<NodeObject> order = List.copyOf(nodes);
        @Nullable String[][] values = new String[order.size()][levels.size() + 1];
        for (int n = 0; n < order.size(); n++) {
            for (int level = 0; level < siteLevel; level++) {
                values[n][level] = value(order.get(n), levels.get(level).label());
            }
            values[n][siteLevel] = first(order.get(n), ladder.siteLabels());
        }
        for (int level = 0; level < siteLevel; level++) {
            fill(values, level);
        }
        return name(order, ladder, values);
    }

    static @Nullable String value(NodeObject node, String label) {
        String value = node.labels().get(label);
        return value == null || value.isBlank() ? null : value;
    }

    static @Nullable String first(NodeObject node, List<String> labels) {
        for (String label : labels) {
            String value = value(node, label);
            if (value != null) {
                return value;
            }
        }
        return null;
    }

    /** Gives nodes of one value on a level what all others of that value agree on above it. O(nodes x levels). */
    private static void fill(@Nullable String[][] values, int level) {
        Map<String, @Nullable String[]> agreed = new HashMap<>();
        Map<String, boolean[]> disagreed = new HashMap<>();
        for (@Nullable String[] node : values) {
            String value = node[level];
            if (value == null) {
                continue;
            }
            @Nullable String[] same = agreed.computeIfAbsent(value, key -> new String[node.length]);
            boolean[] differ = disagreed.computeIfAbsent(value, key -> new boolean[node.length]);
            for (int above = level + 1; above < node.length; above++) {
                String upper = node[above];
                if (upper != null) {
                    differ[above] |= same[above] != null && !upper.equals(same[above]);
                    same[above] = upper;
                }
            }
        }
        for (@Nullable String[] node : values) {
            String value = node[level];
            if (value == null) {
                continue;
            }
            @Nullable String[] same = Objects.requireNonNull(agreed.get(value));
            boolean[] differ = Objects.requireNonNull(disagreed.get(value));
            for (int above = level + 1; above < node.length; above++) {
                if (node[above] == null && !differ[above]) {
                    node[above] = same[above];
                }
            }
        }
    }

    private static Places name(List<NodeObject> nodes, LabelLadder ladder, @Nullable String[][] values) {
        List<TopologyLevel> levels = ladder.levels();
        int siteLevel = levels.size();
        Map<Domain, Domain> domains = new LinkedHashMap<>();
        @Nullable Domain[] rackOf = new Domain[nodes.size()];
        @Nullable Domain[] switchOf = new Domain[nodes.size()];
        for (int n = 0; n < nodes.size(); n++) {
            Domain above = null;
            for (int level = siteLevel - 1; level >= 0; level--) {
                String value = values[n][level];
                if (value == null) {
                    continue;
                }
                if (levels.get(level).isSwitch()) {
                    above = domains.computeIfAbsent(new Domain(level, value, above), same -> same);
                    switchOf[n] = above;
                } else {
                    // Of switches nobody says that they end at a site; of racks everybody knows.
                    String site = values[n][siteLevel];
                    Domain within = above == null && site != null
                            ? domains.computeIfAbsent(new Domain(siteLevel, site, null), same -> same)
                            : above;
                    rackOf[n] = domains.computeIfAbsent(new Domain(level, value, within), same -> same);
                }
            }
        }
        Map<Domain, String> names = names(domains.keySet(), levels);
        List<FabricSwitch> switches = new ArrayList<>();
        for (Domain domain : domains.keySet()) {
            if (domain.level < siteLevel && levels.get(domain.level).isSwitch()) {
                Domain parent = domain.parent;
                switches.add(new FabricSwitch(
                        Objects.requireNonNull(names.get(domain)),
                        levels.get(domain.level).tier(),
                        parent == null ? null : names.get(parent),
                        0));
            }
        }
        Map<String, Place> places = new HashMap<>();
        for (int n = 0; n < nodes.size(); n++) {
            Domain rack = rackOf[n];
            Domain lowest = switchOf[n];
            places.put(
                    nodes.get(n).name(),
                    new Place(
                            rack == null ? null : names.get(rack),
                            values[n][siteLevel],
                            first(nodes.get(n), ladder.nvlinkLabels()),
                            lowest == null ? null : names.get(lowest)));
        }
        return new Places(places, switches);
    }

    /**
     * Names of domains: the value where it is the only one on its level, else after the name of the domain above. Switches of two tiers
     * that would have one name have their tier's before it.
     */
    private static Map<Domain, String> names(Set<Domain> domains, List<TopologyLevel> levels) {
        Map<String, Integer> sameValue = new HashMap<>();
        for (Domain domain : domains) {
            sameValue.merge(domain.level + " " + domain.value, 1, Integer::sum);
        }
        Map<Domain, String> names = new HashMap<>();
        Set<String> takenBySwitches = new HashSet<>();
        Set<String> takenByRacks = new HashSet<>();
        // Parents come before their children, since a path is entered from the top.
        for (Domain domain : domains) {
            String name = domain.value;
            Integer same = sameValue.get(domain.level + " " + domain.value);
            if (domain.parent != null && same != null && same > 1) {
                name = names.get(domain.parent) + "/" + domain.value;
            }
            if (domain.level == levels.size()) {
                names.put(domain, name);
                continue;
            }
            boolean isSwitch = levels.get(domain.level).isSwitch();
            Set<String> taken = isSwitch ? takenBySwitches : takenByRacks;
            if (!taken.add(name)) {
                name = levels.get(domain.level).tier() + ":" + name;
                for (int copy = 2; !taken.add(name); copy++) {
                    name = name + "#" + copy;
                }
            }
            names.put(domain, name);
        }
        return names;
    }
}
