package dev.berth.k8s.objects;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Reads {@code metadata} of any object into its fields. Not thread-safe. */
final class Metadata {
    private final Pairs pairs = new Pairs();
    private final Predicate<String> keptAnnotations;

    String namespace = "";
    String name = "";
    String uid = "";
    String resourceVersion = "";
    long createdMillis;
    boolean deleting;
    Map<String, String> labels = Map.of();
    Map<String, String> annotations = Map.of();
    PodObject.@Nullable Owner controller;

    Metadata(Predicate<String> keptAnnotations) {
        this.keptAnnotations = keptAnnotations;
    }

    void read(JsonParser p) throws IOException {
        if (!Json.object(p)) {
            return;
        }
        String field;
        while ((field = Json.field(p)) != null) {
            switch (field) {
                case "namespace" -> namespace = Json.text(p);
                case "name" -> name = Json.ownText(p);
                case "uid" -> uid = Json.ownText(p);
                case "resourceVersion" -> resourceVersion = Json.ownText(p);
                case "creationTimestamp" -> createdMillis = Json.time(p);
                case "deletionTimestamp" -> deleting = Json.time(p) != 0;
                case "labels" -> labels = pairs.read(p, key -> true);
                case "annotations" -> annotations = pairs.read(p, keptAnnotations);
                case "ownerReferences" -> readOwners(p);
                default -> p.skipChildren();
            }
        }
    }

    private void readOwners(JsonParser p) throws IOException {
        controller = null;
        if (!Json.array(p)) {
            return;
        }
        while (Json.element(p)) {
            if (!Json.object(p)) {
                continue;
            }
            String kind = "";
            String name = "";
            String uid = "";
            boolean controls = false;
            String field;
            while ((field = Json.field(p)) != null) {
                switch (field) {
                    case "kind" -> kind = Json.text(p);
                    case "name" -> name = Json.text(p);
                    case "uid" -> uid = Json.text(p);
                    case "controller" -> controls = Json.truth(p);
                    default -> p.skipChildren();
                }
            }
            if (controls) {
                controller = Json.INTERNER.value(new PodObject.Owner(kind, name, uid));
            }
        }
    }
}
