package dev.berth.k8s.server;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The mutating admission webhook: gives new GPU pods Berth's scheduling gate. It looks at nothing but the request, so it answers also while Berth does not lead,
 * and asking twice, or as a dry run, changes nothing but the answer. Speaks admission.k8s.io/v1. Thread-safe.
 */
final class Webhook {
    /** The gate that Berth holds pods by until they have a place. */
    static final String GATE = "berth.dev/plan";

    private static final String JSON = "application/json";
    private static final String VERSION = "admission.k8s.io/v1";
    private static final String REVIEW = "AdmissionReview: an object of " + VERSION + " with a request";

    private final GateRule rule;
    private final ServerMetrics metrics;

    Webhook(GateRule rule, ServerMetrics metrics) {
        this.rule = rule;
        this.metrics = metrics;
    }

    void addTo(Routes routes) {
        routes.add("/mutate", "POST", new Routes.Route("mutate", Failures.PLAIN_TEXT, this::mutate));
    }

    private void mutate(Call call) throws IOException, HttpFailure {
        Review review = review(call.json());
        boolean gated = review.isPodCreation() && rule.gates(review.pod());
        boolean already = gated && review.pod().gates().contains(GATE);
        metrics.reviewed(!gated ? "left" : already ? "gated already" : "gated");
        call.answer(200, JSON, answer(review, gated && !already));
    }

    /**
     * What matters of a request.
     *
     * @param uid what the answer must repeat
     * @param operation such as {@code CREATE}
     * @param kind of the object
     * @param subResource such as {@code status}, empty for the object itself
     * @param pod the object, when it is a pod; else it has nothing
     */
    record Review(String uid, String operation, String kind, String subResource, GateRule.NewPod pod) {
        boolean isPodCreation() {
            return operation.equals("CREATE") && kind.equals("Pod") && subResource.isEmpty();
        }
    }

    static Review review(Body body) throws HttpFailure {
        return JsonText.read(body, REVIEW, p -> {
            String version = "";
            Review review = null;
            String field;
            while ((field = JsonText.field(p)) != null) {
                switch (field) {
                    case "apiVersion" -> version = JsonText.text(p, "apiVersion");
                    case "request" -> review = JsonText.isObject(p, "request") ? request(p) : null;
                    default -> p.skipChildren();
                }
            }
            if (!version.equals(VERSION)) {
                throw JsonText.bad("apiVersion is " + JsonText.printable(version) + ", allowed: " + VERSION);
            }
            if (review == null) {
                throw JsonText.bad("request is null, allowed: an AdmissionRequest");
            }
            if (review.uid().isEmpty()) {
                throw JsonText.bad("request.uid is empty, allowed: the UID of the request");
            }
            return review;
        });
    }

    private static Review request(JsonParser p) throws IOException, HttpFailure {
        String uid = "";
        String operation = "";
        String kind = "";
        String subResource = "";
        GateRule.NewPod pod = GateRule.NewPod.NONE;
        String field;
        while ((field = JsonText.field(p)) != null) {
            switch (field) {
                case "uid" -> uid = JsonText.text(p, "request.uid");
                case "operation" -> operation = JsonText.text(p, "request.operation");
                case "subResource" -> subResource = JsonText.text(p, "request.subResource");
                case "kind" -> kind = JsonText.isObject(p, "request.kind") ? kind(p) : "";
                case "object" ->
                    pod = JsonText.isObject(p, "request.object") ? NewPodReader.read(p) : GateRule.NewPod.NONE;
                default -> p.skipChildren();
            }
        }
        return new Review(uid, operation, kind, subResource, pod);
    }

    private static String kind(JsonParser p) throws IOException, HttpFailure {
        String kind = "";
        String group = "";
        String field;
        while ((field = JsonText.field(p)) != null) {
            switch (field) {
                case "kind" -> kind = JsonText.text(p, "request.kind.kind");
                case "group" -> group = JsonText.text(p, "request.kind.group");
                default -> p.skipChildren();
            }
        }
        return group.isEmpty() ? kind : group + "/" + kind;
    }

    /** Reads of a pod what the rule looks at. */
    static final class NewPodReader {
        private NewPodReader() {}

        static GateRule.NewPod read(JsonParser p) throws IOException, HttpFailure {
            Parts parts = new Parts();
            String field;
            while ((field = JsonText.field(p)) != null) {
                if (field.equals("metadata") && p.currentToken() == JsonToken.START_OBJECT) {
                    metadata(p, parts);
                } else if (field.equals("spec") && p.currentToken() == JsonToken.START_OBJECT) {
                    spec(p, parts);
                } else {
                    p.skipChildren();
                }
            }
            return new GateRule.NewPod(
                    parts.ignored,
                    parts.nodeName,
                    parts.schedulerName,
                    parts.hasGates,
                    parts.gates,
                    Set.copyOf(parts.annotations),
                    Set.copyOf(parts.resources));
        }

        private static final class Parts {
            private boolean ignored;
            private String nodeName = "";
            private String schedulerName = "";
            private boolean hasGates;
            private final List<String> gates = new ArrayList<>();
            private final List<String> annotations = new ArrayList<>();
            private final List<String> resources = new ArrayList<>();
        }

        private static void metadata(JsonParser p, Parts parts) throws IOException, HttpFailure {
            String field;
            while ((field = JsonText.field(p)) != null) {
                boolean annotations = field.equals("annotations");
                if ((annotations || field.equals("labels")) && JsonText.isObject(p, "metadata." + field)) {
                    String key;
                    while ((key = JsonText.field(p)) != null) {
                        String value = JsonText.text(p, "metadata." + field + " " + JsonText.printable(key));
                        if (key.equals(GateRule.IGNORE)) {
                            parts.ignored |= value.equals("true");
                        }
                        if (annotations && GateRule.FRACTIONS.contains(key)) {
                            parts.annotations.add(key);
                        }
                    }
                } else {
                    p.skipChildren();
                }
            }
        }

        private static void spec(JsonParser p, Parts parts) throws IOException, HttpFailure {
            String field;
            while ((field = JsonText.field(p)) != null) {
                switch (field) {
                    case "nodeName" -> parts.nodeName = JsonText.text(p, "spec.nodeName");
                    case "schedulerName" -> parts.schedulerName = JsonText.text(p, "spec.schedulerName");
                    case "schedulingGates" -> gates(p, parts);
                    case "containers", "initContainers" -> containers(p, parts, "spec." + field);
                    default -> p.skipChildren();
                }
            }
        }

        private static void gates(JsonParser p, Parts parts) throws IOException, HttpFailure {
            if (!JsonText.isArray(p, "spec.schedulingGates")) {
                return;
            }
            parts.hasGates = true;
            while (p.nextToken() != JsonToken.END_ARRAY) {
                if (!JsonText.isObject(p, "spec.schedulingGates")) {
                    continue;
                }
                String field;
                while ((field = JsonText.field(p)) != null) {
                    if (field.equals("name")) {
                        parts.gates.add(JsonText.text(p, "spec.schedulingGates.name"));
                    } else {
                        p.skipChildren();
                    }
                }
            }
        }

        private static void containers(JsonParser p, Parts parts, String where) throws IOException, HttpFailure {
            if (!JsonText.isArray(p, where)) {
                return;
            }
            while (p.nextToken() != JsonToken.END_ARRAY) {
                if (!JsonText.isObject(p, where)) {
                    continue;
                }
                String field;
                while ((field = JsonText.field(p)) != null) {
                    if (field.equals("resources") && JsonText.isObject(p, where + ".resources")) {
                        resources(p, parts, where + ".resources");
                    } else {
                        p.skipChildren();
                    }
                }
            }
        }

        private static void resources(JsonParser p, Parts parts, String where) throws IOException, HttpFailure {
            String field;
            while ((field = JsonText.field(p)) != null) {
                if ((field.equals("limits") || field.equals("requests")) && JsonText.isObject(p, where + "." + field)) {
                    String name;
                    while ((name = JsonText.field(p)) != null) {
                        parts.resources.add(name);
                        p.skipChildren();
                    }
                } else {
                    p.skipChildren();
                }
            }
        }
    }

    private static byte[] answer(Review review, boolean gate) {
        return JsonText.bytes(g -> {
            g.writeStartObject();
            g.writeStringField("apiVersion", VERSION);
            g.writeStringField("kind", "AdmissionReview");
            g.writeObjectFieldStart("response");
            g.writeStringField("uid", review.uid());
            g.writeBooleanField("allowed", true);
            if (gate) {
                g.writeStringField("patchType", "JSONPatch");
                g.writeFieldName("patch");
                g.writeBinary(patch(review.pod()).getBytes(StandardCharsets.UTF_8));
            }
            g.writeEndObject();
            g.writeEndObject();
        });
    }

    /** RFC 6902: to a list that is there the gate is added at the end, else the list comes with it. */
    private static String patch(GateRule.NewPod pod) {
        String gate = "{\"name\":\"" + GATE + "\"}";
        return pod.hasGates()
                ? "[{\"op\":\"add\",\"path\":\"/spec/schedulingGates/-\",\"value\":" + gate + "}]"
                : "[{\"op\":\"add\",\"path\":\"/spec/schedulingGates\",\"value\":[" + gate + "]}]";
    }
}
