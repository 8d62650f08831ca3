package dev.berth.k8s.api;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.berth.k8s.engine.PodRef;
import dev.berth.k8s.objects.NodePin;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Bodies of what is written to the API server. Each names the pod's UID, and the API server refuses it for another pod of that name. */
final class Bodies {
    /** The scheduling gate that Berth holds pods by. */
    static final String GATE = "berth.dev/plan";

    /** The condition that says whether a pod has a place. */
    static final String CONDITION = "berth.dev/Placed";

    static final String JSON_TYPE = "application/json";
    static final String STRATEGIC_MERGE = "application/strategic-merge-patch+json";
    static final String JSON_PATCH = "application/json-patch+json";
    static final String MERGE = "application/merge-patch+json";

    private static final JsonFactory JSON = new JsonFactory();

    private Bodies() {}

    /** Writes one JSON value. */
    @FunctionalInterface
    interface Writer {
        void write(JsonGenerator json) throws IOException;
    }

    /** What a writer writes, in UTF-8. */
    static byte[] of(Writer writer) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(512);
        try (JsonGenerator json = JSON.createGenerator(out, JsonEncoding.UTF8)) {
            writer.write(json);
        } catch (IOException e) {
            // memory takes everything
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    /**
     * Takes our gate away, and nobody else's; as a strategic merge patch.
     *
     * @param pinnedTo the one node that is allowed from now on, for a pod without required node affinity; null for no pin
     */
    static byte[] release(PodRef pod, @Nullable String pinnedTo, Map<String, String> annotations) {
        return of(json -> {
            json.writeStartObject();
            metadata(json, pod, annotations);
            json.writeObjectFieldStart("spec");
            json.writeArrayFieldStart("schedulingGates");
            json.writeStartObject();
            json.writeStringField("$patch", "delete");
            json.writeStringField("name", GATE);
            json.writeEndObject();
            json.writeEndArray();
            if (pinnedTo != null) {
                json.writeObjectFieldStart("affinity");
                json.writeObjectFieldStart("nodeAffinity");
                json.writeFieldName(NodePin.FIELD);
                NodePin.selector(json, pinnedTo);
                json.writeEndObject();
                json.writeEndObject();
            }
            json.writeEndObject();
            json.writeEndObject();
        });
    }

    /** Nominates a node; as a strategic merge patch of the status. */
    static byte[] nominate(PodRef pod, String nodeName) {
        return of(json -> {
            json.writeStartObject();
            metadata(json, pod, Map.of());
            json.writeObjectFieldStart("status");
            json.writeStringField("nominatedNodeName", nodeName);
            json.writeEndObject();
            json.writeEndObject();
        });
    }

    /** Takes back that a node is nominated; as a JSON patch, which is refused when it is not. */
    static byte[] withdrawNomination(PodRef pod, String nodeName) {
        return of(json -> {
            json.writeStartArray();
            operation(json, "test", "/metadata/uid", pod.uid());
            operation(json, "test", "/status/nominatedNodeName", nodeName);
            operation(json, "remove", "/status/nominatedNodeName", null);
            json.writeEndArray();
        });
    }

    private static void operation(JsonGenerator json, String operation, String path, @Nullable String value)
            throws IOException {
        json.writeStartObject();
        json.writeStringField("op", operation);
        json.writeStringField("path", path);
        if (value != null) {
            json.writeStringField("value", value);
        }
        json.writeEndObject();
    }

    /** A Binding. The API server copies its annotations to the pod in the write that binds it (BindingREST in kubernetes/pkg/registry/core/pod/storage). */
    static byte[] binding(PodRef pod, String nodeName, Map<String, String> annotations) {
        return of(json -> {
            json.writeStartObject();
            json.writeStringField("apiVersion", "v1");
            json.writeStringField("kind", "Binding");
            json.writeObjectFieldStart("metadata");
            json.writeStringField("name", pod.name());
            json.writeStringField("namespace", pod.namespace());
            json.writeStringField("uid", pod.uid());
            strings(json, "annotations", annotations);
            json.writeEndObject();
            json.writeObjectFieldStart("target");
            json.writeStringField("apiVersion", "v1");
            json.writeStringField("kind", "Node");
            json.writeStringField("name", nodeName);
            json.writeEndObject();
            json.writeEndObject();
        });
    }

    /** DeleteOptions for this very pod. */
    static byte[] deletion(PodRef pod) {
        return of(json -> {
            json.writeStartObject();
            json.writeStringField("apiVersion", "v1");
            json.writeStringField("kind", "DeleteOptions");
            json.writeObjectFieldStart("preconditions");
            json.writeStringField("uid", pod.uid());
            json.writeEndObject();
            json.writeEndObject();
        });
    }

    /** Sets our condition; as a strategic merge patch of the status. */
    static byte[] condition(PodRef pod, boolean placed, String reason, String message, String transitionTime) {
        return condition(pod, CONDITION, placed, reason, message, transitionTime);
    }

    /** Says that a pod gives way to a more important one, as kube-scheduler says it (k8s.io/api/core/v1 {@code PodReasonPreemptionByScheduler}); as a strategic merge patch of the status. */
    static byte[] preempted(PodRef pod, String message, String transitionTime) {
        return condition(pod, "DisruptionTarget", true, "PreemptionByScheduler", message, transitionTime);
    }

    private static byte[] condition(
            PodRef pod, String type, boolean status, String reason, String message, String transitionTime) {
        return of(json -> {
            json.writeStartObject();
            metadata(json, pod, Map.of());
            json.writeObjectFieldStart("status");
            json.writeArrayFieldStart("conditions");
            json.writeStartObject();
            json.writeStringField("type", type);
            json.writeStringField("status", status ? "True" : "False");
            json.writeStringField("reason", reason);
            json.writeStringField("message", message);
            json.writeStringField("lastTransitionTime", transitionTime);
            json.writeEndObject();
            json.writeEndArray();
            json.writeEndObject();
            json.writeEndObject();
        });
    }

    /** An events.k8s.io/v1 Event on a pod. */
    static byte[] event(
            PodRef pod,
            String name,
            String instance,
            String eventTime,
            boolean warning,
            String reason,
            String message) {
        return of(json -> {
            json.writeStartObject();
            json.writeStringField("apiVersion", "events.k8s.io/v1");
            json.writeStringField("kind", "Event");
            json.writeObjectFieldStart("metadata");
            json.writeStringField("name", name);
            json.writeStringField("namespace", pod.namespace());
            json.writeEndObject();
            json.writeStringField("eventTime", eventTime);
            json.writeStringField("reportingController", "berth.dev/scheduler");
            json.writeStringField("reportingInstance", instance);
            json.writeStringField("action", "Placing");
            json.writeStringField("type", warning ? "Warning" : "Normal");
            json.writeStringField("reason", reason);
            json.writeStringField("note", message);
            json.writeObjectFieldStart("regarding");
            json.writeStringField("apiVersion", "v1");
            json.writeStringField("kind", "Pod");
            json.writeStringField("namespace", pod.namespace());
            json.writeStringField("name", pod.name());
            json.writeStringField("uid", pod.uid());
            json.writeEndObject();
            json.writeEndObject();
        });
    }

    /** How often an event was seen by now; as a merge patch. */
    static byte[] eventSeries(int count, String lastTime) {
        return of(json -> {
            json.writeStartObject();
            json.writeObjectFieldStart("series");
            json.writeNumberField("count", count);
            json.writeStringField("lastObservedTime", lastTime);
            json.writeEndObject();
            json.writeEndObject();
        });
    }

    private static void metadata(JsonGenerator json, PodRef pod, Map<String, String> annotations) throws IOException {
        json.writeObjectFieldStart("metadata");
        json.writeStringField("uid", pod.uid());
        strings(json, "annotations", annotations);
        json.writeEndObject();
    }

    private static void strings(JsonGenerator json, String field, Map<String, String> values) throws IOException {
        if (values.isEmpty()) {
            return;
        }
        json.writeObjectFieldStart(field);
        // in order, so that the same write has the same bytes
        for (Map.Entry<String, String> e : new TreeMap<>(values).entrySet()) {
            json.writeStringField(e.getKey(), e.getValue());
        }
        json.writeEndObject();
    }
}
