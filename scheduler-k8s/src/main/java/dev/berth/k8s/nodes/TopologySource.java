package dev.berth.k8s.nodes;

import dev.berth.k8s.objects.NodeObject;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * Where nodes stand, by the source that says it best: what is configured, else objects of the cluster, else the preset whose labels are on
 * most nodes.
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
                return of(nodes, ladder(preset.on(nodes), settings, "the configured preset " + preset.name()));
            }
        }
        return of(nodes, detect(settings, nodes));
    }

    /** Nodes with GPUs alone are asked, where there are any: the others have few of such labels. */
    private static LabelLadder detect(ClusterSettings settings, List<NodeObject> nodes) {
        List<NodeObject> withGpus = nodes.stream()
                .filter(node -> NodeGpus.of(node, new Problems()).count() > 0)
                .toList();
        List<NodeObject> asked = withGpus.isEmpty() ? nodes : withGpus;
        LabelLadder best = null;
        LabelLadder.Presence most = new LabelLadder.Presence(0, 0);
        for (TopologyPreset preset : TopologyPreset.ALL) {
            List<TopologyLevel> levels = preset.on(nodes);
            LabelLadder.Presence presence = LabelLadder.Presence.of(levels, asked);
            if (presence.isMoreThan(most)) {
                most = presence;
                best = ladder(
                        levels,
                        settings,
                        "the preset " + preset.name() + ", found on " + presence.nodes() + " of " + asked.size()
                                + " nodes" + (withGpus.isEmpty() ? "" : " with GPUs"));
            }
        }
        return best != null
                ? best
                : LabelLadder.of(
                        List.of(),
                        settings.nvlinkLabels(),
                        "no labels of racks or switches, since no preset's are there");
    }

    private static LabelLadder ladder(List<TopologyLevel> levels, ClusterSettings settings, String source) {
        return LabelLadder.of(levels, settings.nvlinkLabels(), source);
    }

    private static TopologySource of(Collection<NodeObject> nodes, LabelLadder ladder) {
        StringBuilder sentence = new StringBuilder("Topology is read from ").append(ladder.source());
        if (!ladder.levels().isEmpty()) {
            sentence.append(": the nearest first ");
            String comma = "";
            for (TopologyLevel level : ladder.levels()) {
                sentence.append(comma).append(level.label()).append(" as ").append(level.tier());
                comma = ", ";
            }
        }
        return new TopologySource(
                LabelPlaces.read(nodes, ladder),
                ladder.tierOfLabel(nodes),
                sentence.append('.').toString());
    }
}
