package dev.berth.k8s.server;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.berth.k8s.engine.Admitted;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.TreeMap;
import java.util.TreeSet;

/** Writes what becomes of a pod that is being created as a JSON patch (RFC 6902) of it. Stateless. */
final class AdmissionPatch {
    private static final String REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
    private static final String NODE_AFFINITY = "/spec/affinity/nodeAffinity";

    private AdmissionPatch() {}

    /** The patch. An object that is to be put into one that is not there comes with it, as RFC 6902 demands. */
    static String of(GateRule.NewPod pod, Admitted admitted) {
        byte[] patch = JsonText.bytes(g -> {
            g.writeStartArray();
            for (String outdated : new TreeSet<>(admitted.outdated())) {
                begin(g, "remove", annotation(outdated));
                g.writeEndObject();
            }
            String nodeName = admitted.nodeName();
            if (nodeName == null) {
                if (admitted.wasPinned()) {
                    begin(g, "remove", NODE_AFFINITY + "/" + REQUIRED);
                    g.writeEndObject();
                }
                gate(g, pod);
            } else {
                annotations(g, pod, admitted);
                if (!admitted.wasPinned()) {
                    pin(g, pod, nodeName);
                }
            }
            g.writeEndArray();
        });
        return new String(patch, StandardCharsets.US_ASCII);
    }

    private static void gate(JsonGenerator g, GateRule.NewPod pod) throws IOException {
        begin(g, "add", pod.hasGates() ? "/spec/schedulingGates/-" : "/spec/schedulingGates");
        g.writeFieldName("value");
        if (!pod.hasGates()) {
            g.writeStartArray();
        }
        g.writeStartObject();
        g.writeStringField("name", Webhook.GATE);
        g.writeEndObject();
        if (!pod.hasGates()) {
            g.writeEndArray();
        }
        g.writeEndObject();
    }

    private static void annotations(JsonGenerator g, GateRule.NewPod pod, Admitted admitted) throws IOException {
        if (!pod.hasAnnotations()) {
            begin(g, "add", "/metadata/annotations");
            g.writeObjectFieldStart("value");
            for (var annotation : new TreeMap<>(admitted.annotations()).entrySet()) {
                g.writeStringField(annotation.getKey(), annotation.getValue());
            }
            g.writeEndObject();
            g.writeEndObject();
            return;
        }
        for (var annotation : new TreeMap<>(admitted.annotations()).entrySet()) {
            begin(g, "add", annotation(annotation.getKey()));
            g.writeStringField("value", annotation.getValue());
            g.writeEndObject();
        }
    }

    private static void pin(JsonGenerator g, GateRule.NewPod pod, String nodeName) throws IOException {
        begin(
                g,
                "add",
                !pod.hasAffinity()
                        ? "/spec/affinity"
                        : !pod.hasNodeAffinity() ? NODE_AFFINITY : NODE_AFFINITY + "/" + REQUIRED);
        g.writeObjectFieldStart("value");
        if (!pod.hasAffinity()) {
            g.writeObjectFieldStart("nodeAffinity");
        }
        if (!pod.hasNodeAffinity()) {
            g.writeObjectFieldStart(REQUIRED);
        }
        g.writeArrayFieldStart("nodeSelectorTerms");
        g.writeStartObject();
        g.writeArrayFieldStart("matchFields");
        g.writeStartObject();
        g.writeStringField("key", "metadata.name");
        g.writeStringField("operator", "In");
        g.writeArrayFieldStart("values");
        g.writeString(nodeName);
        g.writeEndArray();
        g.writeEndObject();
        g.writeEndArray();
        g.writeEndObject();
        g.writeEndArray();
        if (!pod.hasNodeAffinity()) {
            g.writeEndObject();
        }
        if (!pod.hasAffinity()) {
            g.writeEndObject();
        }
        g.writeEndObject();
        g.writeEndObject();
    }

    private static String annotation(String name) {
        // RFC 6901: a slash in a name is written so.
        return "/metadata/annotations/" + name.replace("/", "~1");
    }

    private static void begin(JsonGenerator g, String operation, String path) throws IOException {
        g.writeStartObject();
        g.writeStringField("op", operation);
        g.writeStringField("path", path);
    }
}
