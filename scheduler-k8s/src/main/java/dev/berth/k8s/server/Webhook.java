package dev.berth.k8s.server;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.berth.k8s.engine.Admission;
import dev.berth.k8s.engine.Admitted;
import dev.berth.k8s.engine.EngineSettings;
import dev.berth.k8s.objects.PodJson;
import dev.berth.k8s.objects.PodObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The mutating admission webhook: gives new GPU pods their place, or Berth's scheduling gate where none can be said at once. The gate needs nothing but the request, so it is given also while Berth does not lead.
 * A dry run gives no place, and asking twice for one creation holds one. Speaks admission.k8s.io/v1. Thread-safe.
 */
final class Webhook {
    /** The gate that Berth holds pods by until they have a place. */
    static final String GATE = EngineSettings.GATE;

    private static final String JSON = "application/json";
    private static final String VERSION = "admission.k8s.io/v1";
    private static final String REVIEW = "AdmissionReview: an object of " + VERSION + " with a request";

    private final GateRule rule;
    private final Admission admission;
    private final ServerMetrics metrics;

    Webhook(GateRule rule, Admission admission, ServerMetrics metrics) {
        this.rule = rule;
        this.admission = admission;
        this.metrics = metrics;
    }

    void addTo(Routes routes) {
        routes.add("/mutate", "POST", new Routes.Route("mutate", Failures.PLAIN_TEXT, this::mutate));
    }

    private void mutate(Call call) throws IOException, HttpFailure {
        Body body = call.json();
        Review review = review(body);
        if (!review.isPodCreation() || !rule.gates(review.pod())) {
            metrics.reviewed("left");
            call.answer(200, JSON, answer(review, null));
        } else if (review.pod().gates().contains(GATE)) {
            metrics.reviewed("gated already");
            call.answer(200, JSON, answer(review, null));
        } else {
            Admitted admitted = review.isDryRun() ? Admitted.GATE : admit(body);
            metrics.reviewed(admitted.nodeName() == null ? "gated" : "placed");
            call.answer(200, JSON, answer(review, AdmissionPatch.of(review.pod(), admitted)));
        }
    }

    private Admitted admit(Body body) {
        try {
            return JsonText.read(body, REVIEW, Webhook::pod)
                    .map(admission::admit)
                    .orElse(Admitted.GATE);
        } catch (HttpFailure e) {
            // What is wrong with the pod is said of it when it is seen.
            return Admitted.GATE;
        }
    }

    private static Optional<PodObject> pod(JsonParser p) throws IOException, HttpFailure {
        Optional<PodObject> pod = Optional.empty();
        String field;
        while ((field = JsonText.field(p)) != null) {
            if (!field.equals("request") || p.currentToken() != JsonToken.START_OBJECT) {
                p.skipChildren();
                continue;
            }
            while ((field = JsonText.field(p)) != null) {
                if (field.equals("object")) {
                    pod = Optional.of(PodJson.read(p));
                } else {
                    p.skipChildren();
                }
            }
        }
        return pod;
    }

    /**
     * What matters of a request.
     *
     * @param uid what the answer must repeat
     * @param operation such as {@code CREATE}
     * @param kind of the object
     * @param subResource such as {@code status}, empty for the object itself
     * @param isDryRun whether nothing will come of it
     * @param pod the object, when it is a pod; else it has nothing
     */
    record Review(
            String uid, String operation, String kind, String subResource, boolean isDryRun, GateRule.NewPod pod) {
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
        boolean isDryRun = false;
        GateRule.NewPod pod = GateRule.NewPod.NONE;
        String field;
        while ((field = JsonText.field(p)) != null) {
            switch (field) {
                case "uid" -> uid = JsonText.text(p, "request.uid");
                case "operation" -> operation = JsonText.text(p, "request.operation");
                case "subResource" -> subResource = JsonText.text(p, "request.subResource");
                case "kind" -> kind = JsonText.isObject(p, "request.kind") ? kind(p) : "";
                case "dryRun" -> isDryRun = JsonText.flag(p, "request.dryRun");
                case "object" ->
                    pod = JsonText.isObject(p, "request.object") ? NewPodReader.read(p) : GateRule.NewPod.NONE;
                default -> p.skipChildren();
            }
        }
        return new Review(uid, operation, kind, subResource, isDryRun, pod);
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
                    parts.hasAnnotations,
                    parts.hasAffinity,
                    parts.hasNodeAffinity,
                    parts.nodeName,
                    parts.schedulerName,
                    parts.hasGates,
                    parts.gates,
                    Set.copyOf(parts.annotations),
                    Set.copyOf(parts.resources));
        }

        private static final class Parts {
            private boolean ignored;
            private boolean hasAnnotations;
            private boolean hasAffinity;
            private boolean hasNodeAffinity;
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
                    parts.hasAnnotations |= annotations;
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
                    case "affinity" -> affinity(p, parts);
                    case "containers", "initContainers" -> containers(p, parts, "spec." + field);
                    default -> p.skipChildren();
                }
            }
        }

        private static void affinity(JsonParser p, Parts parts) throws IOException, HttpFailure {
            if (!JsonText.isObject(p, "spec.affinity")) {
                return;
            }
            parts.hasAffinity = true;
            String field;
            while ((field = JsonText.field(p)) != null) {
                parts.hasNodeAffinity |= field.equals("nodeAffinity") && p.currentToken() == JsonToken.START_OBJECT;
                p.skipChildren();
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

    private static byte[] answer(Review review, byte @Nullable [] patch) {
        return JsonText.bytes(g -> {
            g.writeStartObject();
            g.writeStringField("apiVersion", VERSION);
            g.writeStringField("kind", "AdmissionReview");
            g.writeObjectFieldStart("response");
            g.writeStringField("uid", review.uid());
            g.writeBooleanField("allowed", true);
            if (patch != null) {
                g.writeStringField("patchType", "JSONPatch");
                g.writeFieldName("patch");
                g.writeBinary(patch);
            }
            g.writeEndObject();
            g.writeEndObject();
        });
    }
}
