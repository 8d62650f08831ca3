package dev.berth.k8s.nodes;

import dev.berth.cluster.Topology;
import dev.berth.k8s.objects.NodeObject;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * By which labels nodes say where they stand. Immutable.
 *
 * @param levels labels of racks and switches, the nearest first; a rack is the first of them or none is
 * @param nvlinkLabels labels of NVLink domains, of which the first that a node has counts
 * @param siteLabels labels of sites, of which the first that a node has counts
 * @param source who said so, for people
 */
record LabelLadder(List<TopologyLevel> levels, List<String> nvlinkLabels, List<String> siteLabels, String source) {
    static final String HOSTNAME = "kubernetes.io/hostname";
    static final String ZONE = "topology.kubernetes.io/zone";
    static final String REGION = "topology.kubernetes.io/region";

    /** A zone is what fails together; a region is several of them. */
    private static final List<String> SITE_LABELS = List.of(ZONE, REGION);

    /** Of all presets, NVLink labels and sites. */
    private static final Map<String, String> KNOWN_TIERS = knownTiers();

    /** More levels than any fabric has. The core takes 24 tiers of switches. */
    private static final int MAX_LEVELS = 16;

    /** Copies the lists. */
    LabelLadder {
        levels = List.copyOf(levels);
        nvlinkLabels = List.copyOf(nvlinkLabels);
        siteLabels = List.copyOf(siteLabels);
    }

    private static Map<String, String> knownTiers() {
        Map<String, String> known = new HashMap<>();
        for (TopologyPreset preset : TopologyPreset.ALL) {
            preset.levels().forEach(level -> known.put(level.label(), level.tier()));
        }
        ClusterSettings.NVLINK_LABELS.forEach(label -> known.put(label, Topology.NVLINK_DOMAIN));
        known.put(HOSTNAME, Topology.NODE);
        known.put(ZONE, Topology.SITE);
        return known;
    }

    /** The tier of a label that is given without one. */
    static String tierOf(String label) {
        String known = KNOWN_TIERS.get(label);
        if (known != null) {
            return known;
        }
        String name = label.substring(label.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
        name = name.startsWith("topology-") ? name.substring("topology-".length()) : name;
        if (name.equals(Topology.RACK)) {
            return Topology.RACK;
        }
        return name.isBlank() || Topology.RESERVED_TIERS.contains(name) ? label : name;
    }

    /**
     * A ladder of levels. The core knows racks below all switches and sites above them; a rack above a switch, or a site below one, becomes a
     * tier of switches under the label's name, and so does a second level that calls itself by the tier of another.
     */
    static LabelLadder of(List<TopologyLevel> asGiven, List<String> nvlinkLabels, String source) {
        List<TopologyLevel> places = new ArrayList<>();
        List<String> nvlink = new ArrayList<>();
        List<String> sites = new ArrayList<>();
        Set<String> labels = new HashSet<>();
        Set<String> tiers = new HashSet<>();
        for (int i = 0; i < asGiven.size(); i++) {
            TopologyLevel level = asGiven.get(i);
            if (!labels.add(level.label())) {
                continue;
            }
            boolean above = asGiven.subList(i + 1, asGiven.size()).stream().anyMatch(LabelLadder::isPlace);
            switch (level.tier()) {
                case Topology.NODE -> {}
                case Topology.NVLINK_DOMAIN -> nvlink.add(level.label());
                case Topology.SITE -> {
                    if (above) {
                        places.add(new TopologyLevel(level.label(), level.label()));
                    } else {
                        sites.add(level.label());
                    }
                }
                case Topology.RACK ->
                    places.add(places.isEmpty() ? level : new TopologyLevel(level.label(), level.label()));
                default ->
                    places.add(tiers.contains(level.tier()) ? new TopologyLevel(level.label(), level.label()) : level);
            }
            tiers.add(level.tier());
        }
        for (String label : nvlinkLabels) {
            if (!nvlink.contains(label)) {
                nvlink.add(label);
            }
        }
        sites.addAll(sites.isEmpty() ? SITE_LABELS : List.of());
        return new LabelLadder(
                places.size() > MAX_LEVELS ? places.subList(0, MAX_LEVELS) : places, nvlink, sites, source);
    }

    private static boolean isPlace(TopologyLevel level) {
        return level.isSwitch() || level.tier().equals(Topology.RACK);
    }

    /** On how many nodes at least one of the labels is, and how many of them are on all nodes together. */
    record Presence(int nodes, long labels) {
        static Presence of(List<TopologyLevel> levels, Collection<NodeObject> nodes) {
            int count = 0;
            long all = 0;
            for (NodeObject node : nodes) {
                int found = 0;
                for (TopologyLevel level : levels) {
                    found += LabelPlaces.value(node, level.label()) != null ? 1 : 0;
                }
                count += found > 0 ? 1 : 0;
                all += found;
            }
            return new Presence(count, all);
        }

        boolean isMoreThan(Presence other) {
            return nodes != other.nodes ? nodes > other.nodes : labels > other.labels;
        }
    }

    /** Which tier stands for which label; of labels without nodes nothing is said. */
    Map<String, String> tierOfLabel(Collection<NodeObject> nodes) {
        Map<String, String> tiers = new LinkedHashMap<>();
        tiers.put(HOSTNAME, Topology.NODE);
        for (String label : nvlinkLabels) {
            if (isOnAny(nodes, label)) {
                tiers.put(label, Topology.NVLINK_DOMAIN);
            }
        }
        for (TopologyLevel level : levels) {
            if (isOnAny(nodes, level.label())) {
                tiers.put(level.label(), level.tier());
            }
        }
        for (String label : siteLabels) {
            if (isOnAny(nodes, label) && isSite(nodes, label)) {
                tiers.put(label, Topology.SITE);
            }
        }
        if (!tiers.containsKey(REGION) && isOneRegion(nodes)) {
            tiers.put(REGION, Topology.CLUSTER);
        }
        return tiers;
    }

    private static boolean isOnAny(Collection<NodeObject> nodes, String label) {
        return nodes.stream().anyMatch(node -> LabelPlaces.value(node, label) != null);
    }

    /** Whether being of one value of the label is the same as being of one site, for all nodes. */
    private boolean isSite(Collection<NodeObject> nodes, String label) {
        Map<String, String> siteOf = new HashMap<>();
        Map<String, String> valueOf = new HashMap<>();
        for (NodeObject node : nodes) {
            String value = LabelPlaces.value(node, label);
            String site = LabelPlaces.first(node, siteLabels);
            if (value == null || site == null) {
                continue;
            }
            String otherSite = siteOf.putIfAbsent(value, site);
            String otherValue = valueOf.putIfAbsent(site, value);
            if (otherSite != null && !otherSite.equals(site) || otherValue != null && !otherValue.equals(value)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isOneRegion(Collection<NodeObject> nodes) {
        @Nullable String region = null;
        for (NodeObject node : nodes) {
            String value = LabelPlaces.value(node, REGION);
            if (value == null || region != null && !region.equals(value)) {
                return false;
            }
            region = value;
        }
        return region != null;
    }
}
