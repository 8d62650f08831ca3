package dev.berth.k8s.objects;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Pods as trees, by a seed, and changes of such trees that must not matter. */
final class RandomPod {
    static final ObjectMapper MAPPER = new ObjectMapper();

    private static final List<String> RESOURCES = List.of(
            "cpu",
            "memory",
            "ephemeral-storage",
            "hugepages-2Mi",
            "nvidia.com/gpu",
            "nvidia.com/mig-1g.5gb",
            "rdma/hca");
    private static final List<String> AMOUNTS = List.of(
            "0", "1", "2", "100m", "1500m", "33u", "7n", "1Gi", "1.5Gi", "100M", "3e3", "0.3", "7Ei", "9E", "4000m");
    private static final List<String> NAMES = List.of("a", "b", "app", "zone", "train");

    private final Random random;

    RandomPod(long seed) {
        random = new Random(seed);
    }

    private boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    private <T> T any(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }

    ObjectNode pod() {
        ObjectNode pod = MAPPER.createObjectNode();
        pod.put("kind", "Pod");
        pod.set("metadata", metadata());
        pod.set("spec", spec());
        if (chance(70)) {
            pod.set("status", status((ObjectNode) pod.get("spec")));
        }
        return pod;
    }

    private ObjectNode metadata() {
        ObjectNode metadata = MAPPER.createObjectNode();
        metadata.put("namespace", any(NAMES))
                .put("name", "p" + random.nextInt(9))
                .put("uid", "u" + random.nextInt(9));
        metadata.put("creationTimestamp", "2026-11-21T23:33:" + (10 + random.nextInt(49)) + "Z");
        metadata.set("labels", texts());
        ObjectNode annotations = texts();
        annotations.put("berth.dev/gang", any(NAMES)).put("kubectl.kubernetes.io/last-applied-configuration", "{}");
        metadata.set("annotations", annotations);
        if (chance(50)) {
            metadata.putArray("ownerReferences")
                    .addObject()
                    .put("kind", "Job")
                    .put("name", any(NAMES))
                    .put("uid", "o")
                    .put("controller", chance(80));
        }
        return metadata;
    }

    private ObjectNode texts() {
        ObjectNode texts = MAPPER.createObjectNode();
        for (int i = random.nextInt(4); i > 0; i--) {
            texts.put(any(NAMES), any(NAMES));
        }
        return texts;
    }

    private ObjectNode spec() {
        ObjectNode spec = MAPPER.createObjectNode();
        ArrayNode containers = spec.putArray("containers");
        for (int i = random.nextInt(3); i >= 0; i--) {
            containers.add(container("c" + i));
        }
        if (chance(50)) {
            ArrayNode init = spec.putArray("initContainers");
            for (int i = random.nextInt(4); i >= 0; i--) {
                ObjectNode container = container("i" + i);
                if (chance(50)) {
                    container.put("restartPolicy", chance(90) ? "Always" : "Never");
                }
                init.add(container);
            }
        }
        if (chance(30)) {
            spec.set("overhead", amounts());
        }
        if (chance(30)) {
            spec.set("resources", resources());
        }
        if (chance(30)) {
            spec.put("hostNetwork", chance(50));
        }
        spec.set("nodeSelector", texts());
        if (chance(40)) {
            ObjectNode affinity = spec.putObject("affinity");
            affinity.putObject("podAntiAffinity")
                    .putArray("requiredDuringSchedulingIgnoredDuringExecution")
                    .add(podTerm());
            affinity.putObject("nodeAffinity")
                    .putObject("requiredDuringSchedulingIgnoredDuringExecution")
                    .putArray("nodeSelectorTerms")
                    .addObject()
                    .putArray("matchExpressions")
                    .add(expression());
        }
        if (chance(40)) {
            ObjectNode constraint = podTerm();
            constraint.put("maxSkew", 1 + random.nextInt(3));
            constraint.put("whenUnsatisfiable", chance(70) ? "DoNotSchedule" : "ScheduleAnyway");
            spec.putArray("topologySpreadConstraints").add(constraint);
        }
        spec.putArray("tolerations").addObject().put("key", any(NAMES)).put("operator", "Exists");
        if (chance(50)) {
            spec.put("nodeName", "node-" + random.nextInt(5));
        }
        spec.put("priority", random.nextInt());
        return spec;
    }

    private ObjectNode expression() {
        ObjectNode expression = MAPPER.createObjectNode().put("key", any(NAMES)).put("operator", "In");
        expression.putArray("values").add(any(NAMES)).add(any(NAMES));
        return expression;
    }

    private ObjectNode podTerm() {
        ObjectNode term = MAPPER.createObjectNode().put("topologyKey", any(NAMES));
        ObjectNode selector = term.putObject("labelSelector");
        selector.putObject("matchLabels").put(any(NAMES), any(NAMES));
        selector.putArray("matchExpressions").add(expression());
        if (chance(50)) {
            term.putArray("matchLabelKeys").add(any(NAMES)).add(any(NAMES));
        }
        return term;
    }

    private ObjectNode container(String name) {
        ObjectNode container = MAPPER.createObjectNode().put("name", name).put("image", "i");
        container.set("resources", resources());
        if (chance(30)) {
            container.putArray("ports").addObject().put("containerPort", 80).put("hostPort", chance(50) ? 8080 : 0);
        }
        return container;
    }

    private ObjectNode resources() {
        ObjectNode resources = MAPPER.createObjectNode();
        if (chance(70)) {
            resources.set("requests", amounts());
        }
        if (chance(50)) {
            resources.set("limits", amounts());
        }
        return resources;
    }

    private ObjectNode amounts() {
        ObjectNode amounts = MAPPER.createObjectNode();
        for (int i = random.nextInt(4); i > 0; i--) {
            amounts.put(any(RESOURCES), any(AMOUNTS));
        }
        return amounts;
    }

    private ObjectNode status(ObjectNode spec) {
        ObjectNode status = MAPPER.createObjectNode().put("phase", any(List.of("Pending", "Running", "Failed")));
        ArrayNode conditions = status.putArray("conditions");
        conditions
                .addObject()
                .put("type", "PodScheduled")
                .put("status", "False")
                .put("reason", "Unschedulable")
                .put("message", "m");
        if (chance(30)) {
            conditions
                    .addObject()
                    .put("type", "PodResizePending")
                    .put("status", "True")
                    .put("reason", chance(50) ? "Infeasible" : "Deferred");
        }
        if (chance(60)) {
            status.set("containerStatuses", statuses(spec.get("containers")));
        }
        if (chance(40) && spec.has("initContainers")) {
            status.set("initContainerStatuses", statuses(spec.get("initContainers")));
        }
        return status;
    }

    private ArrayNode statuses(JsonNode containers) {
        ArrayNode statuses = MAPPER.createArrayNode();
        for (JsonNode container : containers) {
            ObjectNode status =
                    statuses.addObject().put("name", container.get("name").asText());
            if (chance(60)) {
                status.set("resources", resources());
            }
            if (chance(60)) {
                status.set("allocatedResources", amounts());
            }
        }
        return statuses;
    }

    /** The same with fields in another order and with further fields that nobody knows; arrays stay in order. */
    JsonNode disguised(JsonNode node, boolean unknown) {
        if (node.isArray()) {
            ArrayNode array = MAPPER.createArrayNode();
            node.forEach(element -> array.add(disguised(element, unknown)));
            return array;
        }
        if (!node.isObject()) {
            return node;
        }
        List<String> names = new ArrayList<>();
        node.fieldNames().forEachRemaining(names::add);
        Collections.shuffle(names, random);
        ObjectNode object = MAPPER.createObjectNode();
        for (String name : names) {
            JsonNode value = node.get(name);
            // Each name is one of these maps' content.
            boolean map = List.of(
                            "labels",
                            "annotations",
                            "requests",
                            "limits",
                            "overhead",
                            "allocatedResources",
                            "nodeSelector",
                            "matchLabels")
                    .contains(name);
            object.set(name, disguised(value, unknown && !map));
            if (unknown && chance(30)) {
                object.set("x-" + name, junk(3));
            }
        }
        return object;
    }

    private JsonNode junk(int depth) {
        switch (random.nextInt(depth > 0 ? 6 : 4)) {
            case 0 -> {
                return MAPPER.getNodeFactory().textNode("}]\"\\");
            }
            case 1 -> {
                return MAPPER.getNodeFactory().numberNode(1.5e300);
            }
            case 2 -> {
                return MAPPER.getNodeFactory().nullNode();
            }
            case 3 -> {
                return MAPPER.getNodeFactory().booleanNode(true);
            }
            case 4 -> {
                return MAPPER.createArrayNode().add(junk(depth - 1)).add(junk(depth - 1));
            }
            default -> {
                ObjectNode object = MAPPER.createObjectNode();
                object.set("metadata", junk(depth - 1));
                object.set("spec", junk(depth - 1));
                return object;
            }
        }
    }

    static byte[] bytes(JsonNode node) {
        try {
            return MAPPER.writeValueAsBytes(node);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
