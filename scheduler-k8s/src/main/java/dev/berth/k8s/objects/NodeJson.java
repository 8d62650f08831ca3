package dev.berth.k8s.objects;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Reads nodes from the JSON of the API server. Images, addresses and all conditions but Ready are skipped, so that a heartbeat reads as an
 * equal node. Unknown fields are skipped, and a null is as good as an absent field. Stateless, hence thread-safe.
 */
public final class NodeJson {
    private static final String TOPOGRAPH = "topograph.run/";

    private boolean unschedulable;
    private boolean ready;
    private List<NodeObject.Taint> taints = List.of();
    private Map<String, Long> allocatable = Map.of();

    private NodeJson() {}

    /**
     * Whether an annotation of a node is kept: Berth's own ({@code berth.dev/}) and Topograph's ({@code topograph.run/}). Others change with
     * each heartbeat of some agent.
     */
    public static boolean isKept(String annotation) {
        return annotation.startsWith(PodAnnotations.BERTH) || annotation.startsWith(TOPOGRAPH);
    }

    /**
     * Reads the node at the parser, which is left at its last token.
     *
     * @param p at the start of the node's object
     * @throws BadObjectException naming the field that cannot be read
     * @throws IOException if the text cannot be got or is no JSON
     */
    public static NodeObject read(JsonParser p) throws IOException {
        if (!Json.object(p)) {
            throw BadObjectException.at(p, "an object");
        }
        Metadata metadata = new Metadata(NodeJson::isKept);
        NodeJson node = new NodeJson();
        String field;
        while ((field = Json.field(p)) != null) {
            switch (field) {
                case "metadata" -> metadata.read(p);
                case "spec" -> node.readSpec(p);
                case "status" -> node.readStatus(p);
                default -> p.skipChildren();
            }
        }
        return new NodeObject(
                Json.INTERNER.string(metadata.name),
                metadata.uid,
                metadata.labels,
                metadata.annotations,
                node.allocatable,
                node.unschedulable,
                node.ready,
                metadata.deleting,
                node.taints);
    }

    /**
     * Reads one node.
     *
     * @param json UTF-8
     * @throws BadObjectException if that is no JSON, or naming the field that cannot be read
     */
    public static NodeObject parse(byte[] json) throws BadObjectException {
        return Json.parse(json, NodeJson::read);
    }

    private void readSpec(JsonParser p) throws IOException {
        if (!Json.object(p)) {
            return;
        }
        String field;
        while ((field = Json.field(p)) != null) {
            switch (field) {
                case "unschedulable" -> unschedulable = Json.truth(p);
                case "taints" -> taints = taints(p);
                default -> p.skipChildren();
            }
        }
    }

    private static List<NodeObject.Taint> taints(JsonParser p) throws IOException {
        if (!Json.array(p)) {
            return List.of();
        }
        List<NodeObject.Taint> taints = new ArrayList<>(2);
        while (Json.element(p)) {
            if (!Json.object(p)) {
                continue;
            }
            String key = "";
            String value = "";
            String effect = "";
            String field;
            while ((field = Json.field(p)) != null) {
                switch (field) {
                    case "key" -> key = Json.text(p);
                    case "value" -> value = Json.text(p);
                    case "effect" -> effect = Json.text(p);
                    default -> p.skipChildren();
                }
            }
            taints.add(Json.INTERNER.value(new NodeObject.Taint(key, value, effect)));
        }
        return Json.INTERNER.list(taints);
    }

    private void readStatus(JsonParser p) throws IOException {
        if (!Json.object(p)) {
            return;
        }
        String field;
        while ((field = Json.field(p)) != null) {
            switch (field) {
                case "allocatable" -> {
                    Amounts amounts = new Amounts();
                    amounts.read(p);
                    allocatable = amounts.rounded();
                }
                case "conditions" -> readConditions(p);
                default -> p.skipChildren();
            }
        }
    }

    private void readConditions(JsonParser p) throws IOException {
        ready = false;
        if (!Json.array(p)) {
            return;
        }
        while (Json.element(p)) {
            if (!Json.object(p)) {
                continue;
            }
            String type = "";
            String status = "";
            String field;
            while ((field = Json.field(p)) != null) {
                switch (field) {
                    case "type" -> type = Json.text(p);
                    case "status" -> status = Json.text(p);
                    default -> p.skipChildren();
                }
            }
            if (type.equals("Ready")) {
                ready = status.equals("True");
            }
        }
    }
}
