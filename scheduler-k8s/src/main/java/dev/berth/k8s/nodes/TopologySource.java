package dev.berth.k8s.nodes;

import dev.berth.k8s.objects.GatherRules;
import dev.berth.k8s.objects.LevelsObject;
import dev.berth.k8s.objects.NodeObject;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where nodes stand, by the source that says it best: what is configured; else HyperNodes; else the object with levels, else the preset, whose
 * labels are on most nodes.
 *
 * @param places the places
 * @param tierOfLabel names of tiers by label, and by what else gangs may call them
 * @param sentence which source it is, for people
 */
record TopologySource(Places places, Map<String, String> tierOfLabel, String sentence) {

    static TopologySource find(
            ClusterSettings settings, List<NodeObject> nodes, TopologyObjects topology, Problems problems) {
        if (!settings.levels().isEmpty()) {
            return of(nodes, LabelLadder.of(settings.levels(), settings.nvlinkLabels(), "the configured labels"));
        }
        if (settings.preset() != null) {
            TopologyPreset preset = TopologyPreset.named(settings.preset());
            if (preset != null) {
                String source = "the configured preset " + preset.name();
                return of(nodes, LabelLadder.of(preset.on(nodes), settings.nvlinkLabels(), source));
            }
        }
        if (!topology.hyperNodes().isEmpty()) {
            HyperNodeTree tree = new HyperNodeTree(topology.hyperNodes(), nodes, problems);
            if (!tree.isEmpty()) {
                return of(nodes, tree, settings);
            }
            problems.add(
                    "No node is in any of the " + topology.hyperNodes().size() + " HyperNodes; they are passed over");
        }
        // Nodes with GPUs alone are asked, where there are any: the others have few of such labels.
        List<NodeObject> withGpus = nodes.stream()
                .filter(node -> NodeGpus.offers(node, settings.pods())
                        || NodeGpus.offersInstances(node)
                        || !topology.gpus(node.name()).isEmpty())
                .toList();
        boolean hasGpus = !withGpus.isEmpty();
        Choice choice = new Choice(hasGpus ? withGpus : nodes, hasGpus ? " with GPUs" : "");
        for (LevelsObject object : topology.levels()) {
            choice.look(levels(object, nodes), title(object), aliases(object, nodes));
        }
        if (choice.levels.isEmpty()) {
            TopologyPreset.ALL.forEach(
                    preset -> choice.look(preset.on(nodes), "the preset " + preset.name(), Map.of()));
        }
        return choice.source(nodes, settings);
    }

    private static String title(LevelsObject object) {
        return switch (object.kind()) {
            case "kueue" -> "the Topology " + object.name() + " of Kueue";
            case "kai" -> "the Topology " + object.name() + " of KAI";
            default -> "the ClusterNetworkTopology " + object.name();
        };
    }

    /** Levels of an object, the nearest first; of the labels of a level the first that any node has. */
    private static List<TopologyLevel> levels(LevelsObject object, Collection<NodeObject> nodes) {
        List<String> labels = new ArrayList<>();
        object.levels().forEach(level -> labels.addAll(label(level, nodes)));
        Collections.reverse(labels);
        return labels.stream().map(TopologyLevel::of).toList();
    }

    private static List<String> label(LevelsObject.Level level, Collection<NodeObject> nodes) {
        for (String label : level.labels()) {
            if (nodes.stream().anyMatch(node -> LabelPlaces.value(node, label) != null)) {
                return List.of(label);
            }
        }
        return level.labels().isEmpty() ? List.of() : List.of(level.labels().get(0));
    }

    private static Map<String, String> aliases(LevelsObject object, Collection<NodeObject> nodes) {
        Map<String, String> aliases = new HashMap<>();
        for (LevelsObject.Level level : object.levels()) {
            if (!level.alias().isBlank()) {
                label(level, nodes).forEach(label -> {
                    aliases.put(level.alias(), label);
                    if (object.kind().equals("koordinator")) {
                        // What gangs call a layer, whatever the label's own name is.
                        aliases.putIfAbsent(GatherRules.tierOf(level.alias()), label);
                    }
                });
            }
        }
        return aliases;
    }

    /** The levels that are on most nodes so far. */
    private static final class Choice {
        private final List<NodeObject> asked;
        private final String kind;
        private LabelLadder.Presence most = new LabelLadder.Presence(0, 0);
        private List<TopologyLevel> levels = List.of();
        private Map<String, String> aliases = Map.of();
        private String source = "no labels of racks or switches, since there are none of any preset";

        Choice(List<NodeObject> asked, String kind) {
            this.asked = asked;
            this.kind = kind;
        }

        void look(List<TopologyLevel> candidate, String title, Map<String, String> labelOfAlias) {
            LabelLadder.Presence presence = LabelLadder.Presence.of(candidate, asked);
            if (presence.isMoreThan(most)) {
                most = presence;
                levels = candidate;
                aliases = labelOfAlias;
                source = title + ", whose labels are on " + presence.nodes() + " of " + asked.size()
                        + (asked.size() == 1 ? " node" : " nodes") + kind;
            }
        }

        TopologySource source(List<NodeObject> nodes, ClusterSettings settings) {
            TopologySource found = of(nodes, LabelLadder.of(levels, settings.nvlinkLabels(), source));
            Map<String, String> tiers = new LinkedHashMap<>(found.tierOfLabel);
            aliases.forEach((alias, label) -> {
                String tier = found.tierOfLabel.get(label);
                if (tier != null && !found.tierOfLabel.containsValue(alias)) {
                    tiers.putIfAbsent(alias, tier);
                }
            });
            return new TopologySource(found.places, tiers, found.sentence);
        }
    }

    private static TopologySource of(List<NodeObject> nodes, HyperNodeTree tree, ClusterSettings settings) {
        LabelLadder ladder = LabelLadder.of(List.of(), settings.nvlinkLabels(), "HyperNodes");
        Places labelled = LabelPlaces.read(nodes, ladder);
        Map<String, Place> places = new HashMap<>();
        for (NodeObject node : nodes) {
            Place place = labelled.of(node.name());
            places.put(
                    node.name(),
                    new Place(place.rack(), place.site(), place.nvlinkDomain(), tree.switchOf(node.name())));
        }
        Map<String, String> tiers = new LinkedHashMap<>(ladder.tierOfLabel(nodes));
        tree.tierOfName().forEach(tiers::putIfAbsent);
        return new TopologySource(
                new Places(places, tree.switches()),
                tiers,
                "Topology is read from the HyperNodes, which have " + tree.nodeCount() + " of " + nodes.size()
                        + " nodes.");
    }

    private static TopologySource of(Collection<NodeObject> nodes, LabelLadder ladder) {
        StringBuilder sentence = new StringBuilder("Topology is read from ").append(ladder.source());
        String separator = "; the nearest first ";
        for (TopologyLevel level : ladder.levels()) {
            sentence.append(separator).append(level.label()).append(" as ").append(level.tier());
            separator = ", ";
        }
        return new TopologySource(
                LabelPlaces.read(nodes, ladder),
                ladder.tierOfLabel(nodes),
                sentence.append('.').toString());
    }
}
