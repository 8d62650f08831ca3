package dev.berth.placement;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Why a task fits nowhere. Immutable.
 *
 * @param request what was asked
 * @param nodes number of nodes that there are
 * @param reasons what failed on at least one node, in a fixed order of resources
 * @param relaxation the smallest change of one thing that would have placed it, or null when no single change would
 */
public record Refusal(
        Request request,
        int nodes,
        List<Reason> reasons,
        @Nullable Relaxation relaxation) implements Answer {
    /** Copies the list. */
    public Refusal {
        reasons = List.copyOf(reasons);
    }

    /**
     * One thing that failed.
     *
     * @param resource {@code allowed nodes}, {@code node state}, {@code claim limit}, {@code labels}, {@code gpu model}, {@code power}
     *     (the watts that the task adds to a rack with a cap), {@code gpu memory}, {@code gpus}, {@code gpu share}, {@code mig profile}, {@code cpu}, {@code memory}, or the name of a counted
     *     resource
     * @param asked what was asked, with its unit
     * @param best the best that a node had, with its unit: of the nodes on which nothing else failed, or of all when there is
     *     none
     * @param missing what the best lacks, with its unit; empty where it cannot be counted
     * @param nodesFailing number of nodes on which this failed, alone or with others
     * @param nodesFailingOnlyThis number of nodes on which nothing else failed
     */
    public record Reason(
            String resource, String asked, String best, String missing, int nodesFailing, int nodesFailingOnlyThis) {}

    /**
     * A change that would have placed the task. Of all such changes, the one that gives up the smallest part of what was asked;
     * giving up GPUs altogether is not one.
     *
     * @param resource as in {@link Reason}
     * @param from what was asked
     * @param to what would have been given
     * @param nodeName a node that would have taken it
     */
    public record Relaxation(String resource, String from, String to, String nodeName) {}

    /** The reason that keeps the task from the most nodes on which nothing else is missing; else the most frequent one. */
    public @Nullable Reason binding() {
        Reason binding = null;
        for (Reason reason : reasons) {
            if (binding == null
                    || reason.nodesFailingOnlyThis() > binding.nodesFailingOnlyThis()
                    || reason.nodesFailingOnlyThis() == binding.nodesFailingOnlyThis()
                            && reason.nodesFailing() > binding.nodesFailing()) {
                binding = reason;
            }
        }
        return binding;
    }
}
