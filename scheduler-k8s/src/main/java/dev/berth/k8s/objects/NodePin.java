package dev.berth.k8s.objects;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;

/** Writes what holds a pod to one node by its name: required node affinity, of which kube-scheduler's NodeAffinity plugin makes that it looks at this node alone. Stateless. */
public final class NodePin {
    /** The field of node affinity that a {@link #selector} belongs into. */
    public static final String FIELD = "requiredDuringSchedulingIgnoredDuringExecution";

    private NodePin() {}

    /**
     * A node selector that one node alone matches, as one object.
     *
     * @throws IOException if the generator cannot write
     */
    public static void selector(JsonGenerator json, String nodeName) throws IOException {
        json.writeStartObject();
        json.writeArrayFieldStart("nodeSelectorTerms");
        json.writeStartObject();
        json.writeArrayFieldStart("matchFields");
        json.writeStartObject();
        json.writeStringField("key", "metadata.name");
        json.writeStringField("operator", "In");
        json.writeArrayFieldStart("values");
        json.writeString(nodeName);
        json.writeEndArray();
        json.writeEndObject();
        json.writeEndArray();
        json.writeEndObject();
        json.writeEndArray();
        json.writeEndObject();
    }
}
