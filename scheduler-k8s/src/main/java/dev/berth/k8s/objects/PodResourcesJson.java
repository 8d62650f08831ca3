package dev.berth.k8s.objects;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Reads which GPUs the pods of a node have from the JSON form of what the kubelet's PodResources API answers to {@code List} (Kubernetes,
 * {@code k8s.io/kubelet/pkg/apis/podresources/v1}); field names as in the protocol's file or as JSON's usual mapping writes them. Stateless, hence thread-safe.
 */
public final class PodResourcesJson {
    private static final String MIG = "nvidia.com/mig-";

    private final Predicate<String> isGpu;
    private final String nodeName;
    private final long seenMillis;
    private final List<GpuUse> uses = new ArrayList<>();

    private PodResourcesJson(Predicate<String> isGpu, String nodeName, long seenMillis) {
        this.isGpu = isGpu;
        this.nodeName = nodeName;
        this.seenMillis = seenMillis;
    }

    /**
     * Reads one node's answer.
     *
     * @param json UTF-8
     * @param isGpu which extended resources are GPUs; those of MIG instances ({@code nvidia.com/mig-...}) are besides
     * @param nodeName the node whose kubelet answered
     * @param seenMillis when, in ms since 1970
     * @return each device of a pod once
     * @throws BadObjectException if that is no JSON, or naming the field that cannot be read
     */
    public static List<GpuUse> parse(byte[] json, Predicate<String> isGpu, String nodeName, long seenMillis)
            throws BadObjectException {
        return Json.parse(json, p -> {
            PodResourcesJson reading = new PodResourcesJson(isGpu, nodeName, seenMillis);
            reading.list(p);
            return reading.uses.stream().distinct().toList();
        });
    }

    private void list(JsonParser p) throws IOException {
        if (!Json.object(p)) {
            throw BadObjectException.at(p, "an answer of the PodResources API");
        }
        String field;
        while ((field = Json.field(p)) != null) {
            switch (field) {
                case "pod_resources", "podResources" -> {
                    if (Json.array(p)) {
                        while (Json.element(p)) {
                            pod(p);
                        }
                    }
                }
                default -> p.skipChildren();
            }
        }
    }

    private void pod(JsonParser p) throws IOException {
        if (!Json.object(p)) {
            throw BadObjectException.at(p, "a pod");
        }
        String name = "";
        String namespace = "";
        List<String> ids = new ArrayList<>();
        String field;
        while ((field = Json.field(p)) != null) {
            switch (field) {
                case "name" -> name = Json.ownText(p);
                case "namespace" -> namespace = Json.text(p);
                case "containers" -> {
                    if (Json.array(p)) {
                        while (Json.element(p)) {
                            container(p, ids);
                        }
                    }
                }
                default -> p.skipChildren();
            }
        }
        if (!ids.isEmpty() && (name.isEmpty() || namespace.isEmpty())) {
            throw BadObjectException.of(
                    "pod_resources[" + p.getParsingContext().getCurrentIndex() + "]."
                            + (name.isEmpty() ? "name" : "namespace"),
                    "absent",
                    "the name of a pod that has devices, and its namespace");
        }
        for (String id : ids) {
            DeviceId device = DeviceId.parse(id);
            uses.add(new GpuUse(
                    namespace,
                    name,
                    "",
                    nodeName,
                    device.uuid(),
                    device.index(),
                    device.instance(),
                    device.replica(),
                    seenMillis));
        }
    }

    private void container(JsonParser p, List<String> ids) throws IOException {
        if (!Json.object(p)) {
            throw BadObjectException.at(p, "a container");
        }
        String field;
        while ((field = Json.field(p)) != null) {
            switch (field) {
                case "devices" -> {
                    if (Json.array(p)) {
                        while (Json.element(p)) {
                            device(p, ids);
                        }
                    }
                }
                default -> p.skipChildren();
            }
        }
    }

    private void device(JsonParser p, List<String> ids) throws IOException {
        if (!Json.object(p)) {
            throw BadObjectException.at(p, "a device");
        }
        String resource = "";
        List<String> found = new ArrayList<>();
        String field;
        while ((field = Json.field(p)) != null) {
            switch (field) {
                case "resource_name", "resourceName" -> resource = Json.text(p);
                case "device_ids", "deviceIds" -> {
                    if (Json.array(p)) {
                        while (Json.element(p)) {
                            String id = Json.ownText(p);
                            if (id.isEmpty()) {
                                throw BadObjectException.at(p, "a device's id");
                            }
                            found.add(id);
                        }
                    }
                }
                default -> p.skipChildren();
            }
        }
        if (isGpu.test(resource) || resource.startsWith(MIG)) {
            ids.addAll(found);
        }
    }
}
