package dev.berth.k8s.objects;

import org.jspecify.annotations.Nullable;

/**
 * How far a pod is. Immutable.
 *
 * @param phase its phase
 * @param nominatedNodeName the node that it is meant for, or null
 * @param unschedulable what the scheduler says of it while it finds no node (message of the condition PodScheduled with status False and
 *     reason Unschedulable), or null
 * @param preempted whether a scheduler takes its place away for a more important pod (condition DisruptionTarget with reason PreemptionByScheduler)
 */
public record PodStatus(
        Phase phase,
        @Nullable String nominatedNodeName,
        @Nullable String unschedulable,
        boolean preempted) {
    /** Phases of a pod. */
    public enum Phase {
        /** Not all containers run yet. */
        PENDING,
        /** Bound, and at least one container runs or is about to. */
        RUNNING,
        /** All containers ended well. */
        SUCCEEDED,
        /** All containers ended, one of them not well. */
        FAILED,
        /** The node cannot be reached. */
        UNKNOWN
    }
}
