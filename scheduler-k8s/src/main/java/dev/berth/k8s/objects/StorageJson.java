package dev.berth.k8s.objects;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads persistent volume claims, persistent volumes and storage classes from the JSON of the API server. Unknown fields are skipped, and a
 * null is as good as an absent field. Stateless, hence thread-safe.
 */
public final class StorageJson {
    private static final String BIND_COMPLETED = "pv.kubernetes.io/bind-completed";
    private static final String SELECTED_NODE = "volume.kubernetes.io/selected-node";
    /** Went before the field {@code storageClassName}, and still has the last word. */
    private static final String OLD_CLASS = "volume.beta.kubernetes.io/storage-class";

    private static final Set<String> KEPT = Set.of(BIND_COMPLETED, SELECTED_NODE, OLD_CLASS);

    private final Metadata metadata = new Metadata(KEPT::contains);
    private @Nullable String volumeName;
    private @Nullable String claimNamespace;
    private @Nullable String claimName;
    private String storageClass = "";
    private String phase = "";
    private String provisioner = "";
    private boolean waitsForPod;
    private boolean hasNodeTerms;
    private long bytes;
    private List<PodSpec.NodeTerm> terms = List.of();
    private List<String> accessModes = List.of();
    private List<PodSpec.Expression> selector = List.of();

    private StorageJson() {}

    /**
     * Reads the claim at the parser, which is left at its last token.
     *
     * @param p at the start of the claim's object
     * @throws BadObjectException naming the field that cannot be read
     * @throws IOException if the text cannot be got or is no JSON
     */
    public static ClaimObject claim(JsonParser p) throws IOException {
        StorageJson claim = object(p, "a persistent volume claim");
        Map<String, String> notes = claim.metadata.annotations;
        return new ClaimObject(
                claim.metadata.namespace,
                claim.metadata.name,
                claim.volumeName,
                notes.containsKey(BIND_COMPLETED),
                claim.metadata.deleting,
                claim.phase.equals("Lost"),
                notes.getOrDefault(OLD_CLASS, claim.storageClass),
                notes.get(SELECTED_NODE),
                claim.bytes,
                claim.accessModes,
                claim.selector);
    }

    /**
     * Reads the volume at the parser, which is left at its last token.
     *
     * @param p at the start of the volume's object
     * @throws BadObjectException naming the field that cannot be read
     * @throws IOException if the text cannot be got or is no JSON
     */
    public static VolumeObject volume(JsonParser p) throws IOException {
        StorageJson volume = object(p, "a persistent volume");
        return new VolumeObject(
                volume.metadata.name,
                volume.metadata.labels,
                volume.hasNodeTerms,
                volume.terms,
                volume.metadata.annotations.getOrDefault(OLD_CLASS, volume.storageClass),
                volume.claimName == null ? null : volume.claimNamespace + "/" + volume.claimName,
                volume.phase.equals("Available"),
                volume.metadata.deleting,
                volume.bytes,
                volume.accessModes);
    }

    /**
     * Reads the storage class at the parser, which is left at its last token.
     *
     * @param p at the start of the class's object
     * @throws BadObjectException naming the field that cannot be read
     * @throws IOException if the text cannot be got or is no JSON
     */
    public static StorageClassObject storageClass(JsonParser p) throws IOException {
        StorageJson read = object(p, "a storage class");
        return new StorageClassObject(read.metadata.name, read.provisioner, read.waitsForPod, read.terms);
    }

    /**
     * Reads one claim.
     *
     * @param json UTF-8
     * @throws BadObjectException if that is no JSON, or naming the field that cannot be read
     */
    public static ClaimObject parseClaim(byte[] json) throws BadObjectException {
        return Json.parse(json, StorageJson::claim);
    }

    /**
     * Reads one volume.
     *
     * @param json UTF-8
     * @throws BadObjectException if that is no JSON, or naming the field that cannot be read
     */
    public static VolumeObject parseVolume(byte[] json) throws BadObjectException {
        return Json.parse(json, StorageJson::volume);
    }

    /**
     * Reads one storage class.
     *
     * @param json UTF-8
     * @throws BadObjectException if that is no JSON, or naming the field that cannot be read
     */
    public static StorageClassObject parseStorageClass(byte[] json) throws BadObjectException {
        return Json.parse(json, StorageJson::storageClass);
    }

    private static StorageJson object(JsonParser p, String what) throws IOException {
        if (!Json.object(p)) {
            throw BadObjectException.at(p, what);
        }
        StorageJson read = new StorageJson();
        String field;
        while ((field = Json.field(p)) != null) {
            switch (field) {
                case "metadata" -> read.metadata.read(p);
                case "spec" -> read.readSpec(p);
                case "status" -> read.phase = text(p, "phase");
                case "provisioner" -> read.provisioner = Json.text(p);
                case "volumeBindingMode" -> read.waitsForPod = Json.text(p).equals("WaitForFirstConsumer");
                case "allowedTopologies" -> read.terms = topologies(p);
                default -> p.skipChildren();
            }
        }
        return read;
    }

    private void readSpec(JsonParser p) throws IOException {
        if (!Json.object(p)) {
            return;
        }
        String field;
        while ((field = Json.field(p)) != null) {
            switch (field) {
                case "volumeName" -> volumeName = Json.textOrNull(p);
                case "storageClassName" -> storageClass = Json.text(p);
                case "accessModes" -> accessModes = Json.texts(p);
                case "capacity" -> bytes = storage(p);
                case "resources" -> readResources(p);
                case "selector" -> selector = p.currentToken().isStructStart() ? AffinityJson.selector(p) : List.of();
                case "nodeAffinity" -> readNodeAffinity(p);
                case "claimRef" -> readClaim(p);
                default -> p.skipChildren();
            }
        }
    }

    private void readResources(JsonParser p) throws IOException {
        if (!Json.object(p)) {
            return;
        }
        String field;
        while ((field = Json.field(p)) != null) {
            if (field.equals("requests")) {
                bytes = storage(p);
            } else {
                p.skipChildren();
            }
        }
    }

    private static long storage(JsonParser p) throws IOException {
        long found = 0;
        if (!Json.object(p)) {
            return found;
        }
        String field;
        while ((field = Json.field(p)) != null) {
            if (field.equals("storage")) {
                found = Json.quantity(p, Quantities::units);
            } else {
                p.skipChildren();
            }
        }
        return found;
    }

    private void readNodeAffinity(JsonParser p) throws IOException {
        if (!Json.object(p)) {
            return;
        }
        String field;
        while ((field = Json.field(p)) != null) {
            if (!field.equals("required") || !Json.object(p)) {
                p.skipChildren();
                continue;
            }
            hasNodeTerms = true;
            while ((field = Json.field(p)) != null) {
                if (field.equals("nodeSelectorTerms")) {
                    terms = AffinityJson.nodeTerms(p);
                } else {
                    p.skipChildren();
                }
            }
        }
    }

    private void readClaim(JsonParser p) throws IOException {
        if (!Json.object(p)) {
            return;
        }
        claimNamespace = "";
        String field;
        while ((field = Json.field(p)) != null) {
            switch (field) {
                case "namespace" -> claimNamespace = Json.text(p);
                case "name" -> claimName = Json.textOrNull(p);
                default -> p.skipChildren();
            }
        }
    }

    private static List<PodSpec.NodeTerm> topologies(JsonParser p) throws IOException {
        if (!Json.array(p)) {
            return List.of();
        }
        List<PodSpec.NodeTerm> terms = new ArrayList<>(1);
        while (Json.element(p)) {
            if (!Json.object(p)) {
                continue;
            }
            List<PodSpec.Expression> expressions = new ArrayList<>(1);
            String field;
            while ((field = Json.field(p)) != null) {
                if (field.equals("matchLabelExpressions") && Json.array(p)) {
                    while (Json.element(p)) {
                        expression(p, expressions);
                    }
                } else {
                    p.skipChildren();
                }
            }
            terms.add(new PodSpec.NodeTerm(expressions, List.of()));
        }
        return terms;
    }

    private static void expression(JsonParser p, List<PodSpec.Expression> into) throws IOException {
        if (!Json.object(p)) {
            return;
        }
        String key = "";
        List<String> values = List.of();
        String field;
        while ((field = Json.field(p)) != null) {
            switch (field) {
                case "key" -> key = Json.text(p);
                case "values" -> values = Json.texts(p);
                default -> p.skipChildren();
            }
        }
        into.add(new PodSpec.Expression(key, "In", values));
    }

    private static String text(JsonParser p, String wanted) throws IOException {
        String found = "";
        if (!Json.object(p)) {
            return found;
        }
        String field;
        while ((field = Json.field(p)) != null) {
            if (field.equals(wanted)) {
                found = Json.text(p);
            } else {
                p.skipChildren();
            }
        }
        return found;
    }
}
