package dev.berth.planner.imports;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.cluster.Cluster;
import dev.berth.cluster.Topology;
import dev.berth.planner.io.ImportNote;
import java.nio.file.Path;

/** The summary of an import as one JSON document. Fields are described in docs/import.md. */
final class ImportJson {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private ImportJson() {}

    static String of(ImportResult result, Path out) {
        Cluster cluster = result.cluster();
        ObjectNode root = MAPPER.createObjectNode();
        root.put("file", out.toString());
        root.putObject("cluster").put("nodes", cluster.nodeCount()).put("gpus", cluster.gpuCount());
        ArrayNode sources = root.putArray("sources");
        for (ImportResult.Source source : result.sources()) {
            sources.addObject()
                    .put("kind", source.kind())
                    .put("file", source.file())
                    .put("nodes", source.nodes())
                    .put("gave", source.gave());
        }
        Topology topology = cluster.topology();
        ArrayNode tiers = root.putArray("tiers");
        for (int tier = 1; tier < topology.tiers().size() - 1; tier++) {
            TierFigures figures = TierFigures.of(topology, tier, cluster.nodeCount());
            tiers.addObject()
                    .put("tier", topology.tiers().get(tier))
                    .put("domains", topology.domainCount(tier))
                    .put("fewestNodes", figures.fewest())
                    .put("mostNodes", figures.most())
                    .put("nodesInNone", figures.inNone())
                    .put("leastOversubscription", figures.leastOversubscription())
                    .put("mostOversubscription", figures.mostOversubscription());
        }
        ArrayNode switches = root.putArray("switches");
        for (SwitchTree.Group group : result.groups()) {
            ObjectNode one = switches.addObject()
                    .put("name", group.name())
                    .put("tier", group.tier())
                    .put("parent", group.parent())
                    .put("oversubscription", group.oversubscription());
            ArrayNode members = one.putArray("members");
            group.switches().forEach(members::add);
        }
        Rails rails = result.rails();
        if (rails != null) {
            root.putObject("rails")
                    .put("perNode", rails.rails())
                    .put("switchesWithNodes", rails.switches())
                    .put("switchesOnOneRail", rails.onOneRail());
        }
        ArrayNode notes = root.putArray("notes");
        for (ImportNote note : result.notes()) {
            ObjectNode one = notes.addObject().put("source", note.source());
            if (note.line() > 0) {
                one.put("line", note.line());
            }
            one.put("text", note.text());
        }
        try {
            return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(root);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of text and numbers was refused by the writer", e);
        }
    }
}
