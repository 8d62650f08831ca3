package dev.berth.k8s.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.k8s.engine.PodRef;
import dev.berth.k8s.objects.NodePin;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The way of releasing a pod that has required node affinity already: a strategic merge patch would replace its terms, so the node is joined to each of them by a
 * JSON patch, whose tests let it through only for the pod as it was read. Stateless.
 */
final class PinPatch {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String TERMS = "/spec/affinity/nodeAffinity/" + NodePin.FIELD + "/nodeSelectorTerms";

    private PinPatch() {}

    /**
     * What came of looking at the pod.
     *
     * @param body the JSON patch, or null when there is none; without a problem, because nothing is left to do
     * @param gone whether there is none as it is another pod of that name
     * @param problem why there is none
     */
    record Result(@Nullable String body, boolean gone, String problem) {}

    /**
     * The patch for a pod as it was read.
     *
     * @throws IOException if that is no JSON
     */
    static Result of(String podJson, PodRef pod, String nodeName, Map<String, String> annotations) throws IOException {
        JsonNode read = JSON.readTree(podJson);
        if (!read.at("/metadata/uid").asText().equals(pod.uid())) {
            return new Result(null, true, "its UID is another than " + pod.uid());
        }
        ArrayNode patch = JSON.createArrayNode();
        test(patch, "/metadata/uid", JSON.getNodeFactory().textNode(pod.uid()));

        JsonNode gates = read.at("/spec/schedulingGates");
        int ours = -1;
        for (int i = 0; i < gates.size(); i++) {
            if (gates.path(i).path("name").asText().equals(Bodies.GATE)) {
                ours = i;
            }
        }
        if (ours < 0 && isStamped(read.at("/metadata/annotations"), annotations)) {
            return new Result(null, false, ""); // an earlier write of which no answer came has done it
        }
        if (ours < 0) {
            return new Result(
                    null, false, "it has no gate " + Bodies.GATE + " any more, so that its affinity cannot be changed");
        }
        test(patch, "/spec/schedulingGates", gates);
        JsonNode terms = read.at(TERMS);
        ObjectNode own = JSON.createObjectNode();
        own.put("key", "metadata.name").put("operator", "In").putArray("values").add(nodeName);
        if (terms.isArray() && !terms.isEmpty()) {
            test(patch, TERMS, terms);
            boolean any = false;
            for (int i = 0; i < terms.size(); i++) {
                JsonNode term = terms.get(i);
                JsonNode fields = term.path("matchFields");
                // a term without expressions matches no node; with ours it would match one
                if (fields.isEmpty() && term.path("matchExpressions").isEmpty()) {
                    continue;
                }
                any = true;
                ArrayNode joined = JSON.createArrayNode();
                joined.addAll(fields.isArray() ? (ArrayNode) fields : JSON.createArrayNode());
                joined.add(own);
                operation(patch, "add", TERMS + "/" + i + "/matchFields").set("value", joined);
            }
            if (!any) {
                return new Result(
                        null, false, "each term of its required node affinity is empty, which matches no node");
            }
        } else {
            ObjectNode affinity = read.at("/spec/affinity").isObject()
                    ? read.at("/spec/affinity").deepCopy()
                    : JSON.createObjectNode();
            test(patch, "/spec/affinity", read.at("/spec/affinity"));
            ArrayNode newTerms =
                    affinity.withObject("/nodeAffinity/" + NodePin.FIELD).putArray("nodeSelectorTerms");
            newTerms.addObject().putArray("matchFields").add(own);
            operation(patch, "add", "/spec/affinity").set("value", affinity);
        }
        operation(patch, "remove", "/spec/schedulingGates/" + ours);
        if (!annotations.isEmpty()) {
            if (!read.at("/metadata/annotations").isObject()) {
                test(patch, "/metadata/annotations", read.at("/metadata/annotations"));
                operation(patch, "add", "/metadata/annotations").set("value", JSON.createObjectNode());
            }
            new TreeMap<>(annotations)
                    .forEach((key, value) -> operation(
                                    patch,
                                    "add",
                                    "/metadata/annotations/"
                                            + key.replace("~", "~0").replace("/", "~1"))
                            .put("value", value));
        }
        return new Result(JSON.writeValueAsString(patch), false, "");
    }

    private static boolean isStamped(JsonNode there, Map<String, String> annotations) {
        return !annotations.isEmpty()
                && annotations.entrySet().stream()
                        .allMatch(entry -> there.path(entry.getKey()).asText("").equals(entry.getValue()));
    }

    private static void test(ArrayNode patch, String path, JsonNode value) {
        operation(patch, "test", path).set("value", value.isMissingNode() ? JSON.nullNode() : value);
    }

    private static ObjectNode operation(ArrayNode patch, String op, String path) {
        return patch.addObject().put("op", op).put("path", path);
    }
}
