package dev.berth.k8s.server;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.InputCoercionException;
import dev.berth.k8s.engine.Victims;
import dev.berth.k8s.objects.NodeJson;
import dev.berth.k8s.objects.NodeObject;
import dev.berth.k8s.objects.PodJson;
import dev.berth.k8s.objects.PodObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads what kube-scheduler asks its extenders (k8s.io/kube-scheduler/extender/v1). The Go types carry no JSON names: keys are the Go names, in any order,
 * and absent pointers are null. As Go's decoder does, keys are taken whatever their case, unknown ones are skipped, and the last of equal ones holds.
 * Thread-safe.
 */
final class ExtenderReader {
    private static final String ARGS = "ExtenderArgs: an object with Pod and NodeNames or Nodes";
    private static final String BINDING = "ExtenderBindingArgs: an object with PodName, PodNamespace, PodUID and Node";
    private static final String PREEMPTION =
            "ExtenderPreemptionArgs: an object with Pod and NodeNameToMetaVictims or NodeNameToVictims";
    static final int EXPECTED_NODES = 1024;

    private final NodeNames interned = new NodeNames();

    /** @param objects whether node objects are wanted, beside their names */
    ExtenderArgs args(Body body, boolean objects) throws HttpFailure {
        return JsonText.read(body, ARGS, p -> {
            PodObject pod = null;
            List<String> names = null;
            ExtenderArgs.Nodes list = null;
            String field;
            while ((field = JsonText.field(p)) != null) {
                switch (field.toLowerCase(Locale.ROOT)) {
                    case "pod" -> pod = pod(p);
                    case "nodenames" -> names = JsonText.isArray(p, "NodeNames") ? names(body, p) : null;
                    case "nodes" -> list = JsonText.isObject(p, "Nodes") ? nodes(p, objects) : null;
                    default -> p.skipChildren();
                }
            }
            if (pod == null) {
                throw JsonText.bad("Pod is null, allowed: a pod");
            }
            if (names == null && list == null) {
                throw JsonText.bad(
                        "NodeNames and Nodes are both null, allowed: one of them with the nodes to choose from");
            }
            return new ExtenderArgs(pod, names, list);
        });
    }

    ExtenderArgs.Binding binding(Body body) throws HttpFailure {
        return JsonText.read(body, BINDING, p -> {
            String podName = "";
            String podNamespace = "";
            String podUid = "";
            String node = "";
            String field;
            while ((field = JsonText.field(p)) != null) {
                switch (field.toLowerCase(Locale.ROOT)) {
                    case "podname" -> podName = JsonText.text(p, "PodName");
                    case "podnamespace" -> podNamespace = JsonText.text(p, "PodNamespace");
                    case "poduid" -> podUid = JsonText.text(p, "PodUID");
                    case "node" -> node = JsonText.text(p, "Node");
                    default -> p.skipChildren();
                }
            }
            require("PodName", podName);
            require("PodNamespace", podNamespace);
            require("PodUID", podUid);
            require("Node", node);
            return new ExtenderArgs.Binding(podName, podNamespace, podUid, node);
        });
    }

    private static void require(String field, String value) throws HttpFailure {
        if (value.isEmpty()) {
            throw JsonText.bad(field + " is empty, allowed: " + BINDING);
        }
    }

    ExtenderArgs.Preemption preemption(Body body) throws HttpFailure {
        return JsonText.read(body, PREEMPTION, p -> {
            PodObject pod = null;
            Map<String, Victims> meta = null;
            Map<String, Victims> full = null;
            String field;
            while ((field = JsonText.field(p)) != null) {
                switch (field.toLowerCase(Locale.ROOT)) {
                    case "pod" -> pod = pod(p);
                    case "nodenametometavictims" -> meta = victimsByNode(p, "NodeNameToMetaVictims", false);
                    case "nodenametovictims" -> full = victimsByNode(p, "NodeNameToVictims", true);
                    default -> p.skipChildren();
                }
            }
            if (pod == null) {
                throw JsonText.bad("Pod is null, allowed: a pod");
            }
            Map<String, Victims> victims = meta == null ? full : meta;
            if (victims == null) {
                throw JsonText.bad(
                        "NodeNameToMetaVictims and NodeNameToVictims are both null, allowed: one of them with the victims by node");
            }
            return new ExtenderArgs.Preemption(pod, victims);
        });
    }

    private @Nullable PodObject pod(JsonParser p) throws IOException, HttpFailure {
        return JsonText.isObject(p, "Pod") ? PodJson.read(p) : null;
    }

    private List<String> names(Body body, JsonParser p) throws IOException, HttpFailure {
        int from = (int) p.currentTokenLocation().getByteOffset();
        boolean isStrings = true;
        while (p.nextToken() != JsonToken.END_ARRAY) {
            isStrings &= p.currentToken() == JsonToken.VALUE_STRING;
            if (!isStrings) {
                name(p, "NodeNames"); // says what is wrong with it
            }
        }
        int to = (int) p.currentLocation().getByteOffset();
        return NameArray.isPlain(body, from, to) ? new NameArray(body, from, to, interned) : spelled(body, from, to);
    }

    /** Names with escapes, or an empty one among them. */
    private List<String> spelled(Body body, int from, int to) throws IOException, HttpFailure {
        List<String> names = new ArrayList<>();
        try (JsonParser p = JsonText.FACTORY.createParser(body.bytes(), from, to - from)) {
            p.nextToken();
            while (p.nextToken() != JsonToken.END_ARRAY) {
                names.add(name(p, "NodeNames"));
            }
        }
        return names;
    }

    private String name(JsonParser p, String field) throws IOException, HttpFailure {
        if (p.currentToken() != JsonToken.VALUE_STRING || p.getTextLength() == 0) {
            throw JsonText.bad(p, field, "a node's name");
        }
        return interned.of(p.getTextCharacters(), p.getTextOffset(), p.getTextLength());
    }

    private ExtenderArgs.Nodes nodes(JsonParser p, boolean objects) throws IOException, HttpFailure {
        ExtenderArgs.Nodes list = new ExtenderArgs.Nodes(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        String field;
        while ((field = JsonText.field(p)) != null) {
            if (field.equalsIgnoreCase("items") && JsonText.isArray(p, "Nodes.items")) {
                while (p.nextToken() != JsonToken.END_ARRAY) {
                    node(p, objects, list);
                }
            } else {
                p.skipChildren();
            }
        }
        return list;
    }

    private void node(JsonParser p, boolean objects, ExtenderArgs.Nodes list) throws IOException, HttpFailure {
        if (p.currentToken() != JsonToken.START_OBJECT) {
            throw JsonText.bad(p, "Nodes.items", "a node");
        }
        long from = p.currentTokenLocation().getByteOffset();
        String name;
        if (objects) {
            NodeObject node = NodeJson.read(p);
            list.objects().add(node);
            name = node.name();
            if (name.isEmpty()) {
                throw nameless("Nodes.items", "name");
            }
        } else {
            name = metadata(p, "Nodes.items", "name");
        }
        long to = p.currentLocation().getByteOffset();
        if (from < 0) {
            throw JsonText.bad("the body is not in UTF-8, allowed: UTF-8");
        }
        list.names().add(name);
        list.texts().add(new ExtenderArgs.Text((int) from, (int) to));
    }

    /** One text of the metadata of the object at the parser. */
    private String metadata(JsonParser p, String object, String wanted) throws IOException, HttpFailure {
        String found = "";
        String field;
        while ((field = JsonText.field(p)) != null) {
            if (field.equals("metadata") && JsonText.isObject(p, object + ".metadata")) {
                String inner;
                while ((inner = JsonText.field(p)) != null) {
                    if (inner.equals(wanted) && p.currentToken() == JsonToken.VALUE_STRING) {
                        found = interned.of(p.getTextCharacters(), p.getTextOffset(), p.getTextLength());
                    } else {
                        p.skipChildren();
                    }
                }
            } else {
                p.skipChildren();
            }
        }
        if (found.isEmpty()) {
            throw nameless(object, wanted);
        }
        return found;
    }

    private static HttpFailure nameless(String object, String wanted) {
        return JsonText.bad(object + " has one without metadata." + wanted + ", which is needed");
    }

    private @Nullable Map<String, Victims> victimsByNode(JsonParser p, String what, boolean pods)
            throws IOException, HttpFailure {
        if (!JsonText.isObject(p, what)) {
            return null;
        }
        Map<String, Victims> byNode = new LinkedHashMap<>();
        String node;
        while ((node = JsonText.field(p)) != null) {
            byNode.put(node, JsonText.isObject(p, what) ? victims(p, what, pods) : new Victims(List.of(), 0));
        }
        return byNode;
    }

    private Victims victims(JsonParser p, String what, boolean pods) throws IOException, HttpFailure {
        List<String> uids = List.of();
        long violations = 0;
        String field;
        while ((field = JsonText.field(p)) != null) {
            switch (field.toLowerCase(Locale.ROOT)) {
                case "pods" -> uids = JsonText.isArray(p, what + ".Pods") ? uids(p, what, pods) : List.of();
                case "numpdbviolations" -> violations = number(p, what + ".NumPDBViolations");
                default -> p.skipChildren();
            }
        }
        return new Victims(uids, violations);
    }

    private static long number(JsonParser p, String field) throws IOException, HttpFailure {
        if (p.currentToken() == JsonToken.VALUE_NUMBER_INT) {
            try {
                return p.getLongValue();
            } catch (InputCoercionException e) {
                throw JsonText.bad(p, field, "a whole number of 64 bits");
            }
        }
        if (p.currentToken() == JsonToken.VALUE_NULL) {
            return 0;
        }
        throw JsonText.bad(p, field, "a whole number");
    }

    private List<String> uids(JsonParser p, String what, boolean pods) throws IOException, HttpFailure {
        List<String> uids = new ArrayList<>();
        while (p.nextToken() != JsonToken.END_ARRAY) {
            if (p.currentToken() != JsonToken.START_OBJECT) {
                throw JsonText.bad(p, what + ".Pods", pods ? "a pod" : "an object with UID");
            }
            uids.add(pods ? metadata(p, what + ".Pods", "uid") : metaUid(p, what));
        }
        return uids;
    }

    private static String metaUid(JsonParser p, String what) throws IOException, HttpFailure {
        String uid = "";
        String field;
        while ((field = JsonText.field(p)) != null) {
            if (field.equalsIgnoreCase("uid")) {
                uid = JsonText.text(p, what + ".Pods.UID");
            } else {
                p.skipChildren();
            }
        }
        if (uid.isEmpty()) {
            throw JsonText.bad(what + ".Pods has one without UID, which is needed");
        }
        return uid;
    }
}
