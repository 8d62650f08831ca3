package dev.berth.k8s.objects;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Reads pods from the JSON of the API server. What Berth does not look at (container details, managed fields, states of containers) is
 * skipped without being decoded; values that recur over pods are shared. Fields that are unknown are skipped, and a null is as good as
 * an absent field. Stateless, hence thread-safe.
 *
 * <p>Requests are summed up by the rules of kube-scheduler (k8s.io/component-helpers {@code resource.PodRequests}) after those of the API
 * server (k8s.io/kubernetes {@code pkg/apis/core/v1/defaults.go}: a limit stands in for an absent request), so a pod reads the same
 * before and after the API server has filled it in.
 */
public final class PodJson {
    private PodJson() {}

    /**
     * Reads the pod at the parser, which is left at its last token.
     *
     * @param p at the start of the pod's object
     * @throws BadObjectException naming the field that cannot be read
     * @throws IOException if the text cannot be got or is no JSON
     */
    public static PodObject read(JsonParser p) throws IOException {
        if (!Json.object(p)) {
            throw BadObjectException.at(p, "an object");
        }
        Metadata metadata = new Metadata(PodAnnotations::isKept);
        PodSpecJson spec = new PodSpecJson();
        PodStatus status = STATUS_ABSENT;
        String field;
        while ((field = Json.field(p)) != null) {
            switch (field) {
                case "metadata" -> metadata.read(p);
                case "spec" -> spec.read(p);
                case "status" -> status = status(p, spec);
                default -> p.skipChildren();
            }
        }
        return new PodObject(
                metadata.namespace,
                metadata.name,
                metadata.uid,
                metadata.resourceVersion,
                metadata.createdMillis,
                metadata.deleting,
                metadata.labels,
                metadata.annotations,
                metadata.controller,
                spec.toSpec(metadata),
                status);
    }

    /**
     * Reads one pod.
     *
     * @param json UTF-8
     * @throws BadObjectException if that is no JSON, or naming the field that cannot be read
     */
    public static PodObject parse(byte[] json) throws BadObjectException {
        return Json.parse(json, PodJson::read);
    }

    private static final PodStatus STATUS_ABSENT = new PodStatus(PodStatus.Phase.PENDING, null, null, false);

    private static PodStatus status(JsonParser p, PodSpecJson spec) throws IOException {
        if (!Json.object(p)) {
            return STATUS_ABSENT;
        }
        PodStatus.Phase phase = PodStatus.Phase.PENDING;
        String nominated = null;
        Conditions conditions = Conditions.NONE;
        String field;
        while ((field = Json.field(p)) != null) {
            switch (field) {
                case "phase" -> phase = phase(p);
                case "nominatedNodeName" -> nominated = Json.textOrNull(p);
                case "conditions" -> conditions = conditions(p, spec);
                case "containerStatuses", "initContainerStatuses" -> spec.requests.readStatuses(p);
                default -> p.skipChildren();
            }
        }
        return Json.INTERNER.value(new PodStatus(phase, nominated, conditions.unschedulable, conditions.preempted));
    }

    private static PodStatus.Phase phase(JsonParser p) throws IOException {
        String text = Json.text(p);
        return switch (text) {
            case "", "Pending" -> PodStatus.Phase.PENDING;
            case "Running" -> PodStatus.Phase.RUNNING;
            case "Succeeded" -> PodStatus.Phase.SUCCEEDED;
            case "Failed" -> PodStatus.Phase.FAILED;
            case "Unknown" -> PodStatus.Phase.UNKNOWN;
            default -> throw BadObjectException.at(p, "Pending, Running, Succeeded, Failed or Unknown");
        };
    }

    /**
     * What conditions say.
     *
     * @param unschedulable of a pod that the scheduler finds no node for, or null
     * @param preempted whether a scheduler takes its place away
     */
    private record Conditions(@Nullable String unschedulable, boolean preempted) {
        static final Conditions NONE = new Conditions(null, false);
    }

    private static Conditions conditions(JsonParser p, PodSpecJson spec) throws IOException {
        String said = null;
        boolean preempted = false;
        if (!Json.array(p)) {
            return Conditions.NONE;
        }
        while (Json.element(p)) {
            if (!Json.object(p)) {
                continue;
            }
            String type = "";
            String status = "";
            String reason = "";
            String message = "";
            String field;
            while ((field = Json.field(p)) != null) {
                switch (field) {
                    case "type" -> type = Json.text(p);
                    case "status" -> status = Json.text(p);
                    case "reason" -> reason = Json.text(p);
                    case "message" -> message = Json.text(p);
                    default -> p.skipChildren();
                }
            }
            if (type.equals("PodScheduled") && status.equals("False") && reason.equals("Unschedulable")) {
                said = message;
            }
            if (type.equals("DisruptionTarget") && status.equals("True") && reason.equals("PreemptionByScheduler")) {
                preempted = true;
            }
            if (type.equals("PodResizePending")) {
                spec.requests.resizeInfeasible = reason.equals("Infeasible");
            }
        }
        return new Conditions(said, preempted);
    }
}
