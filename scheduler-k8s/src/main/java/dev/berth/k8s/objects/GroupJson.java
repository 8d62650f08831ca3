package dev.berth.k8s.objects;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Reads pod groups, of whatever system, from the JSON of the API server:
 *
 * <ul>
 *   <li>{@code scheduling.k8s.io} PodGroup, v1alpha2 (Kubernetes 1.36), v1alpha3 and v1beta1 (1.37): {@code
 *       spec.schedulingPolicy.gang.minCount}, {@code spec.schedulingConstraints.topology[0].key} as the required topology
 *   <li>{@code scheduling.x-k8s.io/v1alpha1} PodGroup (scheduler-plugins), {@code scheduling.sigs.k8s.io} in older spelling: {@code
 *       spec.minMember}, {@code spec.scheduleTimeoutSeconds}; tiers by Koordinator's annotation ({@link GatherRules})
 *   <li>{@code scheduling.volcano.sh/v1beta1} PodGroup: {@code spec.minMember}, {@code spec.networkTopology}: {@code highestTierName}, or
 *       {@code tier-N} for {@code highestTierAllowed: N}, required unless {@code mode} is {@code soft}
 *   <li>{@code scheduling.run.ai/v2alpha2} PodGroup (KAI-Scheduler): {@code spec.minMember}, or the least that satisfies {@code
 *       spec.subGroups} where that is absent; {@code spec.topologyConstraint.requiredTopologyLevel} and {@code preferredTopologyLevel}
 *   <li>{@code scheduler.grove.io/v1alpha1} PodGang (Grove): the sum of {@code spec.podgroups[].minReplicas}, {@code
 *       spec.topologyConstraint.packConstraint.required} and {@code preferred}
 * </ul>
 *
 * Unknown fields are skipped, and a null is as good as an absent field. Stateless, hence thread-safe.
 */
public final class GroupJson {
    private String apiVersion;
    private int minMembers;
    private int minSubGroup;
    private final SubGroups subGroups = new SubGroups();
    private int minReplicas;
    private int timeoutSeconds;
    private @Nullable String required;
    private @Nullable String preferred;

    private GroupJson(String apiVersion) {
        this.apiVersion = apiVersion;
    }

    /**
     * Reads the group at the parser, which is left at its last token.
     *
     * @param p at the start of the group's object
     * @param apiVersion what is meant where the object does not say so itself, as in lists; empty if nothing is
     * @throws BadObjectException naming the field that cannot be read
     * @throws IOException if the text cannot be got or is no JSON
     */
    public static GroupObject read(JsonParser p, String apiVersion) throws IOException {
        if (!Json.object(p)) {
            throw BadObjectException.at(p, "an object");
        }
        Metadata metadata = new Metadata(GatherRules.ANNOTATION::equals);
        GroupJson group = new GroupJson(apiVersion);
        String field;
        while ((field = Json.field(p)) != null) {
            switch (field) {
                case "apiVersion" -> {
                    String said = Json.text(p);
                    group.apiVersion = said.isEmpty() ? apiVersion : said;
                }
                case "metadata" -> metadata.read(p);
                case "spec" -> group.readSpec(p);
                default -> p.skipChildren();
            }
        }
        group.readGatherRules(metadata);
        return new GroupObject(
                group.convention(),
                metadata.namespace,
                metadata.name,
                metadata.uid,
                group.least(),
                group.timeoutSeconds,
                group.required,
                group.preferred);
    }

    private int least() {
        if (minMembers > 0) {
            return minMembers;
        }
        return minReplicas > 0 ? minReplicas : subGroups.leastPods(minSubGroup);
    }

    private void readGatherRules(Metadata metadata) throws BadObjectException {
        String json = metadata.annotations.get(GatherRules.ANNOTATION);
        if (json == null) {
            return;
        }
        try {
            GatherRules rules = GatherRules.parse(json);
            required = required == null ? rules.required() : required;
            preferred = preferred == null ? rules.preferred() : preferred;
        } catch (BadObjectException e) {
            throw BadObjectException.of(
                    "metadata.annotations." + GatherRules.ANNOTATION,
                    BadObjectException.quoted(json),
                    "rules as of Koordinator; " + e.getMessage());
        }
    }

    /**
     * Reads one group, which says its {@code apiVersion} itself.
     *
     * @param json UTF-8
     * @throws BadObjectException if that is no JSON, or naming the field that cannot be read
     */
    public static GroupObject parse(byte[] json) throws BadObjectException {
        return Json.parse(json, p -> read(p, ""));
    }

    private String convention() throws BadObjectException {
        int slash = apiVersion.indexOf('/');
        return switch (slash < 0 ? apiVersion : apiVersion.substring(0, slash)) {
            case "scheduling.k8s.io" -> "kubernetes";
            case "scheduling.x-k8s.io", "scheduling.sigs.k8s.io" -> "scheduler-plugins";
            case "scheduling.volcano.sh" -> "volcano";
            case "scheduling.run.ai" -> "kai";
            case "scheduler.grove.io" -> "grove";
            default ->
                throw BadObjectException.of(
                        "apiVersion",
                        BadObjectException.quoted(apiVersion),
                        "a version of scheduling.k8s.io, scheduling.x-k8s.io, scheduling.volcano.sh, scheduling.run.ai or"
                                + " scheduler.grove.io");
        };
    }

    private static int count(JsonParser p) throws IOException {
        return Json.number(p, 0, Integer.MAX_VALUE);
    }

    private void readSpec(JsonParser p) throws IOException {
        if (!Json.object(p)) {
            return;
        }
        String field;
        while ((field = Json.field(p)) != null) {
            switch (field) {
                case "minMember" -> minMembers = count(p);
                case "scheduleTimeoutSeconds" -> timeoutSeconds = count(p);
                case "schedulingPolicy" -> readPolicy(p);
                case "schedulingConstraints" -> readConstraints(p);
                case "networkTopology" -> readNetworkTopology(p);
                case "topologyConstraint" -> readTopologyConstraint(p);
                case "subGroups" -> subGroups.read(p);
                case "minSubGroup" -> minSubGroup = count(p);
                case "podgroups" -> readPodgroups(p);
                default -> p.skipChildren();
            }
        }
    }

    private void readPolicy(JsonParser p) throws IOException {
        if (!Json.object(p)) {
            return;
        }
        String field;
        while ((field = Json.field(p)) != null) {
            if (!field.equals("gang") || !Json.object(p)) {
                p.skipChildren();
                continue;
            }
            while ((field = Json.field(p)) != null) {
                if (field.equals("minCount")) {
                    minMembers = count(p);
                } else {
                    p.skipChildren();
                }
            }
        }
    }

    private void readConstraints(JsonParser p) throws IOException {
        if (!Json.object(p)) {
            return;
        }
        String field;
        while ((field = Json.field(p)) != null) {
            if (!field.equals("topology") || !Json.array(p)) {
                p.skipChildren();
                continue;
            }
            while (Json.element(p)) {
                if (!Json.object(p)) {
                    continue;
                }
                while ((field = Json.field(p)) != null) {
                    if (field.equals("key") && required == null) {
                        required = Json.textOrNull(p);
                    } else {
                        p.skipChildren();
                    }
                }
            }
        }
    }

    private void readNetworkTopology(JsonParser p) throws IOException {
        if (!Json.object(p)) {
            return;
        }
        boolean soft = false;
        String name = null;
        int tier = 0;
        String field;
        while ((field = Json.field(p)) != null) {
            switch (field) {
                case "mode" -> soft = Json.text(p).equals("soft");
                case "highestTierName" -> name = Json.textOrNull(p);
                case "highestTierAllowed" -> tier = count(p);
                default -> p.skipChildren();
            }
        }
        String topology = name != null || tier == 0 ? name : "tier-" + tier;
        required = soft ? null : topology;
        preferred = soft ? topology : null;
    }

    private void readTopologyConstraint(JsonParser p) throws IOException {
        if (!Json.object(p)) {
            return;
        }
        String field;
        while ((field = Json.field(p)) != null) {
            switch (field) {
                case "requiredTopologyLevel" -> required = Json.textOrNull(p);
                case "preferredTopologyLevel" -> preferred = Json.textOrNull(p);
                case "packConstraint" -> readPackConstraint(p);
                default -> p.skipChildren();
            }
        }
    }

    private void readPackConstraint(JsonParser p) throws IOException {
        if (!Json.object(p)) {
            return;
        }
        String field;
        while ((field = Json.field(p)) != null) {
            switch (field) {
                case "required" -> required = Json.textOrNull(p);
                case "preferred" -> preferred = Json.textOrNull(p);
                default -> p.skipChildren();
            }
        }
    }

    private void readPodgroups(JsonParser p) throws IOException {
        minReplicas = 0;
        if (!Json.array(p)) {
            return;
        }
        while (Json.element(p)) {
            if (!Json.object(p)) {
                continue;
            }
            String field;
            while ((field = Json.field(p)) != null) {
                if (field.equals("minReplicas")) {
                    minReplicas = (int) Math.min(Integer.MAX_VALUE, (long) minReplicas + count(p));
                } else {
                    p.skipChildren();
                }
            }
        }
    }
}
