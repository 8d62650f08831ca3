package dev.berth.planner.io;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.cluster.Cluster;
import dev.berth.cluster.NodeState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes clusters as people write them: like nodes that follow each other are one group with a range of names, spread over ranges of
 * racks, switches and NVLink domains. What is read of it is the same cluster, node by node and in the same order.
 */
public final class ClusterFileWriter {
    private static final List<String> NODE_SPREADS = List.of("rack", "switch", "nvlinkDomain");

    private ClusterFileWriter() {}

    /**
     * The file's text.
     *
     * @throws IllegalArgumentException if the name of a node or of a place has braces, which the form uses for ranges
     */
    public static String write(Cluster cluster) {
        ObjectNode root = ClusterFile.tree(cluster);
        ObjectNode states = JsonNodeFactory.instance.objectNode();
        for (Map.Entry<String, JsonNode> part : root.properties()) {
            if (part.getValue() instanceof ArrayNode entries) {
                part.setValue(
                        switch (part.getKey()) {
                            case "nodes" -> groups(withoutStates(entries, states), NODE_SPREADS);
                            case "switches" -> groups(entries, List.of("parent"));
                            default -> groups(entries, List.of());
                        });
            }
        }
        if (!states.isEmpty()) {
            root.set("states", states);
        }
        return YamlText.of(root);
    }

    /**
     * Takes the states out of the nodes. Nodes that are alike but for the state keep the one that most of them have; the others are put
     * into {@code states}.
     */
    private static ArrayNode withoutStates(ArrayNode nodes, ObjectNode states) {
        String ready = NodeState.READY.name();
        List<String> stateOf = new ArrayList<>();
        Map<ObjectNode, Map<String, Integer>> counts = new HashMap<>();
        List<ObjectNode> kinds = new ArrayList<>();
        for (JsonNode node : nodes) {
            JsonNode state = ((ObjectNode) node).remove("state");
            stateOf.add(state == null ? ready : state.asText());
            ObjectNode kind = node.deepCopy();
            kind.remove(NODE_SPREADS);
            kind.remove("name");
            kinds.add(kind);
            counts.computeIfAbsent(kind, unused -> new TreeMap<>())
                    .merge(stateOf.get(stateOf.size() - 1), 1, Integer::sum);
        }
        Map<ObjectNode, String> usual = new HashMap<>();
        counts.forEach((kind, count) -> {
            String most =
                    count.containsKey(ready) ? ready : count.keySet().iterator().next();
            for (Map.Entry<String, Integer> one : count.entrySet()) {
                most = one.getValue() > count.getOrDefault(most, 0) ? one.getKey() : most;
            }
            usual.put(kind, most);
        });
        for (int i = 0; i < nodes.size(); i++) {
            String state = usual.getOrDefault(kinds.get(i), ready);
            if (!state.equals(ready)) {
                ((ObjectNode) nodes.get(i)).put("state", state);
            }
            if (!stateOf.get(i).equals(state)) {
                states.put(nodes.get(i).path("name").asText(), stateOf.get(i));
            }
        }
        return nodes;
    }

    /** Puts entries together that follow each other; O(entries), as long as spreads are not cut off again and again. */
    private static ArrayNode groups(ArrayNode entries, List<String> spreads) {
        ArrayNode groups = JsonNodeFactory.instance.arrayNode();
        int at = 0;
        while (at < entries.size()) {
            at += group(entries, at, spreads, groups);
        }
        return groups;
    }

    /** Writes the longest group that starts at an entry; how many entries it has. */
    private static int group(ArrayNode entries, int start, List<String> spreads, ArrayNode groups) {
        ObjectNode first = (ObjectNode) entries.get(start);
        ObjectNode kind = kind(first, spreads);
        NameRun names = new NameRun(first.path("name").asText());
        List<SpreadRun> runs = new ArrayList<>();
        spreads.forEach(key -> runs.add(new SpreadRun(text(first, key))));
        int size = 1;
        for (int i = 1; start + i < entries.size(); i++) {
            ObjectNode next = (ObjectNode) entries.get(start + i);
            if (!kind(next, spreads).equals(kind)
                    || !names.add(next.path("name").asText())) {
                break;
            }
            boolean goesOn = true;
            boolean isWhole = true;
            for (int s = 0; s < runs.size(); s++) {
                goesOn &= runs.get(s).add(text(next, spreads.get(s)));
                isWhole &= runs.get(s).isWhole();
            }
            if (!goesOn) {
                break;
            }
            size = isWhole ? i + 1 : size;
        }
        ObjectNode group = groups.addObject();
        for (Map.Entry<String, JsonNode> field : first.properties()) {
            int spread = spreads.indexOf(field.getKey());
            if (field.getKey().equals("name")) {
                group.put("name", names.pattern(size));
            } else if (spread >= 0) {
                group.put(field.getKey(), runs.get(spread).pattern(size));
            } else {
                group.set(field.getKey(), field.getValue());
            }
        }
        return size;
    }

    private static ObjectNode kind(ObjectNode entry, List<String> spreads) {
        ObjectNode kind = JsonNodeFactory.instance.objectNode();
        for (Map.Entry<String, JsonNode> field : entry.properties()) {
            if (!field.getKey().equals("name") && !spreads.contains(field.getKey())) {
                kind.set(field.getKey(), field.getValue());
            }
        }
        return kind;
    }

    private static @Nullable String text(ObjectNode entry, String key) {
        JsonNode value = entry.get(key);
        return value == null ? null : value.asText();
    }
}
