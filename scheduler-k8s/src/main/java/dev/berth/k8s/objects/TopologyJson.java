package dev.berth.k8s.objects;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.berth.k8s.objects.LevelsObject.Level;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads objects that say how nodes stand to each other from the JSON of the API server. Unknown fields are skipped, and a null is as good as
 * an absent field. Stateless, hence thread-safe.
 */
public final class TopologyJson {
    private static final String KUEUE = "kueue.x-k8s.io";
    private static final String KAI = "kai.scheduler";
    private static final String KOORDINATOR = "scheduling.koordinator.sh";
    /** Of Koordinator: what stands for the node itself. */
    private static final String NODE_LAYER = "NodeTopologyLayer";

    private final Metadata metadata = new Metadata(key -> false);
    private String apiVersion;
    private final List<Level> levels = new ArrayList<>();
    private final List<Layer> layers = new ArrayList<>();
    private int tier;
    private String tierName = "";
    private final List<HyperNodeObject.Member> members = new ArrayList<>();

    /** A layer of Koordinator, which names the one above it. */
    private record Layer(String name, String above, List<String> labels) {}

    private TopologyJson(String apiVersion) {
        this.apiVersion = apiVersion;
    }

    /**
     * Reads the object at the parser, which is left at its last token: Topology of {@code kueue.x-k8s.io} or {@code kai.scheduler} ({@code
     * spec.levels[]}), or ClusterNetworkTopology of {@code scheduling.koordinator.sh} ({@code spec.networkTopologySpec[]}).
     *
     * @param p at the start of the object
     * @param apiVersion what is meant where the object does not say so itself, as in lists
     * @throws BadObjectException naming the field that cannot be read
     * @throws IOException if the text cannot be got or is no JSON
     */
    public static LevelsObject levels(JsonParser p, String apiVersion) throws IOException {
        TopologyJson read = object(p, apiVersion, "a topology");
        int slash = read.apiVersion.indexOf('/');
        String kind = switch (slash < 0 ? read.apiVersion : read.apiVersion.substring(0, slash)) {
            case KUEUE -> "kueue";
            case KAI -> "kai";
            case KOORDINATOR -> "koordinator";
            default ->
                throw BadObjectException.of(
                        "apiVersion",
                        BadObjectException.quoted(read.apiVersion),
                        "a version of " + KUEUE + ", " + KAI + " or " + KOORDINATOR);
        };
        return new LevelsObject(kind, read.metadata.name, read.layers.isEmpty() ? read.levels : ordered(read.layers));
    }

    /**
     * Reads the HyperNode at the parser, which is left at its last token.
     *
     * @param p at the start of the object
     * @throws BadObjectException naming the field that cannot be read
     * @throws IOException if the text cannot be got or is no JSON
     */
    public static HyperNodeObject hyperNode(JsonParser p) throws IOException {
        TopologyJson read = object(p, "", "a HyperNode");
        return new HyperNodeObject(read.metadata.name, read.tier, read.tierName, read.members);
    }

    /**
     * Reads one object as {@link #levels} does; it says its {@code apiVersion} itself.
     *
     * @param json UTF-8
     * @throws BadObjectException if that is no JSON, or naming the field that cannot be read
     */
    public static LevelsObject parseLevels(byte[] json) throws BadObjectException {
        return Json.parse(json, p -> levels(p, ""));
    }

    /**
     * Reads one HyperNode.
     *
     * @param json UTF-8
     * @throws BadObjectException if that is no JSON, or naming the field that cannot be read
     */
    public static HyperNodeObject parseHyperNode(byte[] json) throws BadObjectException {
        return Json.parse(json, TopologyJson::hyperNode);
    }

    private static TopologyJson object(JsonParser p, String apiVersion, String what) throws IOException {
        if (!Json.object(p)) {
            throw BadObjectException.at(p, what);
        }
        TopologyJson read = new TopologyJson(apiVersion);
        String field;
        while ((field = Json.field(p)) != null) {
            switch (field) {
                case "apiVersion" -> {
                    String said = Json.text(p);
                    read.apiVersion = said.isEmpty() ? apiVersion : said;
                }
                case "metadata" -> read.metadata.read(p);
                case "spec" -> read.readSpec(p);
                default -> p.skipChildren();
            }
        }
        return read;
    }

    private void readSpec(JsonParser p) throws IOException {
        if (!Json.object(p)) {
            return;
        }
        String field;
        while ((field = Json.field(p)) != null) {
            switch (field) {
                case "levels" -> readList(p, this::readLevel);
                case "networkTopologySpec" -> readList(p, this::readLayer);
                case "tier" -> tier = Json.number(p, 0, Integer.MAX_VALUE);
                case "tierName" -> tierName = Json.text(p);
                case "members" -> readList(p, this::readMember);
                default -> p.skipChildren();
            }
        }
    }

    /** Reads one element, an object, at the parser. */
    private interface Element {
        void read(JsonParser p) throws IOException;
    }

    private static void readList(JsonParser p, Element reader) throws IOException {
        if (!Json.array(p)) {
            return;
        }
        while (Json.element(p)) {
            if (Json.object(p)) {
                reader.read(p);
            }
        }
    }

    private void readLevel(JsonParser p) throws IOException {
        String label = "";
        String alias = "";
        String field;
        while ((field = Json.field(p)) != null) {
            switch (field) {
                case "nodeLabel" -> label = Json.text(p);
                case "alias" -> alias = Json.text(p);
                default -> p.skipChildren();
            }
        }
        levels.add(new Level(label.isBlank() ? List.of() : List.of(label), alias));
    }

    private void readLayer(JsonParser p) throws IOException {
        String name = "";
        String above = "";
        List<String> labels = List.of();
        String field;
        while ((field = Json.field(p)) != null) {
            switch (field) {
                case "topologyLayer" -> name = Json.text(p);
                case "parentTopologyLayer" -> above = Json.text(p);
                case "labelKey" -> labels = Json.texts(p);
                default -> p.skipChildren();
            }
        }
        layers.add(new Layer(
                name, above, labels.stream().filter(label -> !label.isBlank()).toList()));
    }

    /** From the node's layer, or else the one that is above none, up to the one that has none above it. */
    private static List<Level> ordered(List<Layer> layers) {
        Map<String, Layer> byName = new HashMap<>();
        Map<String, Layer> below = new HashMap<>();
        for (Layer layer : layers) {
            byName.putIfAbsent(layer.name, layer);
            below.putIfAbsent(layer.above, layer);
        }
        Layer at = byName.get(NODE_LAYER);
        for (int i = 0; at == null && i < layers.size(); i++) {
            at = below.containsKey(layers.get(i).name) ? null : layers.get(i);
        }
        List<Level> upwards = new ArrayList<>();
        // A circle ends where it began.
        while (at != null && byName.remove(at.name) != null) {
            if (!at.labels.isEmpty()) {
                upwards.add(new Level(at.labels, at.name));
            }
            at = byName.get(at.above);
        }
        Collections.reverse(upwards);
        return upwards;
    }

    private void readMember(JsonParser p) throws IOException {
        String type = "";
        String name = null;
        String pattern = null;
        List<PodSpec.Expression> labels = null;
        String field;
        while ((field = Json.field(p)) != null) {
            if (field.equals("type")) {
                type = Json.text(p);
            } else if (field.equals("selector") && Json.object(p)) {
                while ((field = Json.field(p)) != null) {
                    switch (field) {
                        case "exactMatch" -> name = only(p, "name");
                        case "regexMatch" -> pattern = only(p, "pattern");
                        case "labelMatch" ->
                            labels = p.currentToken() == JsonToken.VALUE_NULL ? null : AffinityJson.selector(p);
                        default -> p.skipChildren();
                    }
                }
            } else {
                p.skipChildren();
            }
        }
        members.add(new HyperNodeObject.Member(type.equals("Node"), name, pattern, labels));
    }

    private static @Nullable String only(JsonParser p, String wanted) throws IOException {
        String found = null;
        if (!Json.object(p)) {
            return null;
        }
        String field;
        while ((field = Json.field(p)) != null) {
            if (field.equals(wanted)) {
                found = Json.textOrNull(p);
            } else {
                p.skipChildren();
            }
        }
        return found;
    }
}
