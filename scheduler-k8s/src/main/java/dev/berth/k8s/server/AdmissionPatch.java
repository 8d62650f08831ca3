package dev.berth.k8s.server;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.berth.k8s.engine.Admitted;
import dev.berth.k8s.objects.NodePin;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** Writes what becomes of a pod that is being created as a JSON patch (RFC 6902) of it. Stateless. */
final class AdmissionPatch {
    private static final String NODE_AFFINITY = "/spec/affinity/nodeAffinity";
    private static final String PIN = NODE_AFFINITY + "/" + NodePin.FIELD;

    private AdmissionPatch() {}

    /** The patch. RFC 6902 adds only to what is there, so that what is not comes first, empty. */
    static byte[] of(GateRule.NewPod pod, Admitted admitted) {
        return JsonText.bytes(g -> {
            g.writeStartArray();
            for (String outdated : new TreeSet<>(admitted.outdated())) {
                remove(g, annotation(outdated));
            }
            String nodeName = admitted.nodeName();
            if (nodeName == null) {
                if (admitted.wasPinned()) {
                    remove(g, PIN);
                }
                gate(g, pod);
            } else {
                annotations(g, pod, admitted.annotations());
                if (!admitted.wasPinned()) {
                    pin(g, pod, nodeName);
                }
            }
            g.writeEndArray();
        });
    }

    private static void gate(JsonGenerator g, GateRule.NewPod pod) throws IOException {
        if (!pod.hasGates()) {
            add(g, "/spec/schedulingGates");
            g.writeStartArray();
            g.writeEndArray();
            g.writeEndObject();
        }
        add(g, "/spec/schedulingGates/-");
        g.writeStartObject();
        g.writeStringField("name", Webhook.GATE);
        g.writeEndObject();
        g.writeEndObject();
    }

    private static void annotations(JsonGenerator g, GateRule.NewPod pod, Map<String, String> annotations)
            throws IOException {
        if (!pod.hasAnnotations()) {
            addObject(g, "/metadata/annotations");
        }
        for (Map.Entry<String, String> each : new TreeMap<>(annotations).entrySet()) {
            add(g, annotation(each.getKey()));
            g.writeString(each.getValue());
            g.writeEndObject();
        }
    }

    private static void pin(JsonGenerator g, GateRule.NewPod pod, String nodeName) throws IOException {
        if (!pod.hasAffinity()) {
            addObject(g, "/spec/affinity");
        }
        if (!pod.hasNodeAffinity()) {
            addObject(g, NODE_AFFINITY);
        }
        add(g, PIN);
        NodePin.selector(g, nodeName);
        g.writeEndObject();
    }

    private static String annotation(String name) {
        // RFC 6901: a slash in a name is written so.
        return "/metadata/annotations/" + name.replace("/", "~1");
    }

    private static void remove(JsonGenerator g, String path) throws IOException {
        begin(g, "remove", path);
        g.writeEndObject();
    }

    private static void addObject(JsonGenerator g, String path) throws IOException {
        add(g, path);
        g.writeStartObject();
        g.writeEndObject();
        g.writeEndObject();
    }

    /** Begins a step whose value is to be written next. */
    private static void add(JsonGenerator g, String path) throws IOException {
        begin(g, "add", path);
        g.writeFieldName("value");
    }

    private static void begin(JsonGenerator g, String operation, String path) throws IOException {
        g.writeStartObject();
        g.writeStringField("op", operation);
        g.writeStringField("path", path);
    }
}
