package dev.berth.k8s.engine;

import java.util.Map;
import java.util.function.Consumer;

/**
 * What the engine asks to be written to the API server. Each call returns at once and never blocks; its consumer is called once, from any thread,
 * never from inside the call. Implementations send nothing when this replica does not lead, and hold every write to the pod's UID.
 */
public interface Writes {
    /** How a released pod is led to its node. */
    enum How {
        /** By required node affinity for the one node, in the same PATCH. It can go nowhere else, ever. */
        PIN,
        /** By {@code status.nominatedNodeName}, in a PATCH before. The scheduler tries that node first and may take another. */
        NOMINATE
    }

    /**
     * Takes Berth's scheduling gate from a pod, with annotations that say what is held for it.
     *
     * @param hasNodeTerms whether the pod has required node affinity already; then the pin is joined to each of its terms
     */
    void release(
            PodRef pod,
            How how,
            String nodeName,
            boolean hasNodeTerms,
            Map<String, String> annotations,
            Consumer<Outcome> done);

    /** Nominates a node for a pod that has no gate: kube-scheduler tries that node first and may take another. Refused for a pod that is bound. */
    void nominate(PodRef pod, String nodeName, Consumer<Outcome> done);

    /** Takes back that a pod is nominated for a node; refused when it is not, or for another by now, or when another pod has its name. */
    void withdrawNomination(PodRef pod, String nodeName, Consumer<Outcome> done);

    /** Takes Berth's gate from a pod and leaves the choice to the scheduler. */
    void ungate(PodRef pod, Consumer<Outcome> done);

    /** Binds a pod to a node. The annotations go with the binding: both are done or none. */
    void bind(PodRef pod, String nodeName, Map<String, String> annotations, Consumer<Outcome> done);

    /** Deletes a pod, so that its controller makes it anew. */
    void delete(PodRef pod, Consumer<Outcome> done);

    /**
     * Takes a pod's place away for a more important one: notes that on it as kube-scheduler does (condition DisruptionTarget, reason PreemptionByScheduler), so that controllers
     * can tell it from a failure, and deletes it with its own grace period.
     *
     * @param why for the condition, for people
     */
    void evict(PodRef pod, String why, Consumer<Outcome> done);

    /**
     * Says something of a pod that people see: an event on it and, when {@code placed} is not null, its condition {@code berth.dev/Placed}.
     *
     * @param reason one word in CamelCase
     */
    void tell(
            PodRef pod,
            boolean warning,
            String reason,
            String message,
            @org.jspecify.annotations.Nullable Boolean placed);
}
