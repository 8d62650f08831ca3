package dev.berth.k8s.objects;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads {@code spec} of one pod. Not thread-safe. */
final class PodSpecJson {
    private static final String DEFAULT_SCHEDULER = "default-scheduler";

    private @Nullable String nodeName;
    private String schedulerName = DEFAULT_SCHEDULER;
    private int priority;
    private List<String> gates = List.of();
    private Map<String, String> nodeSelector = Map.of();
    private List<PodSpec.Toleration> tolerations = List.of();
    private final AffinityJson affinity = new AffinityJson();
    final PodRequests requests = new PodRequests();
    private List<String> claims = List.of();
    /** Volumes whose claim is named after the pod and the volume. */
    private List<String> ephemeralVolumes = List.of();

    private boolean resourceClaims;
    private @Nullable String podGroup;
    private @Nullable String workloadGroup;

    void read(JsonParser p) throws IOException {
        if (!Json.object(p)) {
            return;
        }
        String field;
        while ((field = Json.field(p)) != null) {
            switch (field) {
                case "nodeName" -> nodeName = Json.textOrNull(p);
                case "schedulerName" -> {
                    schedulerName = Json.text(p);
                    schedulerName = schedulerName.isEmpty() ? DEFAULT_SCHEDULER : schedulerName;
                }
                case "priority" -> priority = Json.number(p, Integer.MIN_VALUE, Integer.MAX_VALUE);
                case "hostNetwork" -> requests.ports.hostNetwork = Json.truth(p);
                case "schedulingGates" -> gates = names(p);
                case "nodeSelector" -> nodeSelector = new Pairs().read(p, key -> true);
                case "affinity" -> affinity.read(p);
                case "topologySpreadConstraints" -> affinity.readSpread(p);
                case "tolerations" -> tolerations = tolerations(p);
                case "containers" -> requests.readContainers(p);
                case "initContainers" -> requests.readInitContainers(p);
                case "overhead" -> requests.readOverhead(p);
                case "resources" -> requests.readPodLevel(p);
                case "volumes" -> readVolumes(p);
                case "resourceClaims" -> resourceClaims = notEmpty(p);
                case "schedulingGroup" -> podGroup = textAt(p, "podGroupName");
                case "workloadRef" -> workloadGroup = workloadGroup(p);
                default -> p.skipChildren();
            }
        }
    }

    PodSpec toSpec(Metadata metadata) {
        List<String> volumeClaims = claims;
        if (!ephemeralVolumes.isEmpty()) {
            volumeClaims = new ArrayList<>(claims);
            for (String volume : ephemeralVolumes) {
                volumeClaims.add(metadata.name + "-" + volume);
            }
        }
        return new PodSpec(
                nodeName,
                schedulerName,
                priority,
                gates,
                requests.total(),
                nodeSelector,
                affinity.nodeTerms(),
                tolerations,
                affinity.podTerms(metadata.labels),
                requests.ports.taken(),
                volumeClaims,
                resourceClaims,
                podGroup != null ? podGroup : workloadGroup);
    }

    private static List<String> names(JsonParser p) throws IOException {
        if (!Json.array(p)) {
            return List.of();
        }
        List<String> names = new ArrayList<>(2);
        while (Json.element(p)) {
            String name = textAt(p, "name");
            if (name != null) {
                names.add(name);
            }
        }
        return Json.INTERNER.list(names);
    }

    /** The text of one field of the object at the parser. */
    private static @Nullable String textAt(JsonParser p, String wanted) throws IOException {
        String text = null;
        if (!Json.object(p)) {
            return null;
        }
        String field;
        while ((field = Json.field(p)) != null) {
            if (field.equals(wanted)) {
                text = Json.textOrNull(p);
            } else {
                p.skipChildren();
            }
        }
        return text;
    }

    private static boolean notEmpty(JsonParser p) throws IOException {
        boolean any = false;
        if (!Json.array(p)) {
            return false;
        }
        while (Json.element(p)) {
            any = true;
            p.skipChildren();
        }
        return any;
    }

    /** Kubernetes 1.35: a workload has pod groups, each of which is a gang, or one for each {@code podGroupReplicaKey}. */
    private static @Nullable String workloadGroup(JsonParser p) throws IOException {
        String workload = "";
        String group = "";
        String replica = "";
        if (!Json.object(p)) {
            return null;
        }
        String field;
        while ((field = Json.field(p)) != null) {
            switch (field) {
                case "name" -> workload = Json.text(p);
                case "podGroup" -> group = Json.text(p);
                case "podGroupReplicaKey" -> replica = Json.text(p);
                default -> p.skipChildren();
            }
        }
        if (workload.isEmpty() || group.isEmpty()) {
            return null;
        }
        return Json.INTERNER.string(workload + "/" + group + (replica.isEmpty() ? "" : "/" + replica));
    }

    private static List<PodSpec.Toleration> tolerations(JsonParser p) throws IOException {
        if (!Json.array(p)) {
            return List.of();
        }
        List<PodSpec.Toleration> tolerations = new ArrayList<>(4);
        while (Json.element(p)) {
            if (!Json.object(p)) {
                continue;
            }
            String key = "";
            String operator = "";
            String value = "";
            String effect = "";
            String field;
            while ((field = Json.field(p)) != null) {
                switch (field) {
                    case "key" -> key = Json.text(p);
                    case "operator" -> operator = Json.text(p);
                    case "value" -> value = Json.text(p);
                    case "effect" -> effect = Json.text(p);
                    default -> p.skipChildren();
                }
            }
            tolerations.add(Json.INTERNER.value(
                    new PodSpec.Toleration(key, operator.isEmpty() ? "Equal" : operator, value, effect)));
        }
        return Json.INTERNER.list(tolerations);
    }

    private void readVolumes(JsonParser p) throws IOException {
        claims = List.of();
        ephemeralVolumes = List.of();
        if (!Json.array(p)) {
            return;
        }
        List<String> claimed = new ArrayList<>(0);
        List<String> ephemeral = new ArrayList<>(0);
        while (Json.element(p)) {
            if (!Json.object(p)) {
                continue;
            }
            String name = "";
            boolean own = false;
            String field;
            while ((field = Json.field(p)) != null) {
                switch (field) {
                    case "name" -> name = Json.text(p);
                    case "persistentVolumeClaim" -> {
                        String claim = textAt(p, "claimName");
                        if (claim != null) {
                            claimed.add(claim);
                        }
                    }
                    case "ephemeral" -> {
                        own = Json.object(p);
                        p.skipChildren();
                    }
                    default -> p.skipChildren();
                }
            }
            if (own) {
                ephemeral.add(name);
            }
        }
        claims = Json.INTERNER.list(claimed);
        ephemeralVolumes = ephemeral;
    }
}
