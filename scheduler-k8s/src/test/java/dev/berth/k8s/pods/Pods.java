package dev.berth.k8s.pods;

import dev.berth.k8s.objects.BadObjectException;
import dev.berth.k8s.objects.GroupJson;
import dev.berth.k8s.objects.GroupObject;
import dev.berth.k8s.objects.PodJson;
import dev.berth.k8s.objects.PodObject;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes pods and groups of few words, by way of their JSON. */
final class Pods {
    private final Map<String, String> labels = new HashMap<>();
    private final Map<String, String> annotations = new HashMap<>();
    private final Map<String, String> limits = new HashMap<>();
    private String owner = "";
    private String spec = "";

    /** With what a pod mostly asks for. */
    static Pods pod() {
        return new Pods();
    }

    Pods label(String key, String value) {
        labels.put(key, value);
        return this;
    }

    Pods annotation(String key, String value) {
        annotations.put(key, value);
        return this;
    }

    Pods asking(String resource, String amount) {
        limits.put(resource, amount);
        return this;
    }

    Pods ownedBy(String kind, String name) {
        owner = ", \"ownerReferences\": [{\"kind\": \"" + kind + "\", \"name\": \"" + name
                + "\", \"uid\": \"owner-uid\", \"controller\": true}]";
        return this;
    }

    /** Further fields of the spec. */
    Pods spec(String json) {
        spec = ", " + json;
        return this;
    }

    PodObject read() {
        String json =
                "{\"metadata\": {\"namespace\": \"ml\", \"name\": \"p\", \"uid\": \"u\", \"labels\": " + map(labels)
                        + ", \"annotations\": " + map(annotations) + owner
                        + "}, \"spec\": {\"containers\": [{\"resources\": {\"limits\": "
                        + map(limits) + "}}]" + spec + "}}";
        try {
            return PodJson.parse(json.getBytes(StandardCharsets.UTF_8));
        } catch (BadObjectException e) {
            throw new IllegalArgumentException(json, e);
        }
    }

    PodNeed need() {
        return need(GroupLookup.NONE, GpuSizes.UNKNOWN);
    }

    PodNeed need(GroupLookup groups) {
        return need(groups, GpuSizes.UNKNOWN);
    }

    PodNeed need(GpuSizes sizes) {
        return need(GroupLookup.NONE, sizes);
    }

    PodNeed need(GroupLookup groups, GpuSizes sizes) {
        return new PodNeeds(PodSettings.DEFAULT, sizes).read(read(), groups);
    }

    private static String map(Map<String, String> map) {
        StringBuilder json = new StringBuilder("{");
        map.forEach((key, value) -> json.append(json.length() == 1 ? "" : ", ")
                .append('"')
                .append(key)
                .append("\": \"")
                .append(value.replace("\\", "\\\\").replace("\"", "\\\""))
                .append('"'));
        return json.append('}').toString();
    }

    /** Finds the one group with this JSON, in the namespace and under the name that it says. */
    static GroupLookup group(String apiVersion, String name, String spec) {
        String json = "{\"apiVersion\": \"" + apiVersion + "\", \"metadata\": {\"namespace\": \"ml\", \"name\": \""
                + name + "\"}, \"spec\": " + spec + "}";
        try {
            return only(GroupJson.parse(json.getBytes(StandardCharsets.UTF_8)));
        } catch (BadObjectException e) {
            throw new IllegalArgumentException(json, e);
        }
    }

    static GroupLookup only(GroupObject group) {
        return new GroupLookup() {
            @Override
            public @Nullable GroupObject find(String convention, String namespace, String name) {
                boolean same = convention.equals(group.convention())
                        && namespace.equals(group.namespace())
                        && name.equals(group.name());
                return same ? group : null;
            }
        };
    }
}
