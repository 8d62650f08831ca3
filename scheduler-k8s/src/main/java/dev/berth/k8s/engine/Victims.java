package dev.berth.k8s.engine;

import java.util.List;

/**
 * Pods that would be evicted from a node, for the extender's preempt. Immutable.
 *
 * @param uids their UIDs
 * @param budgetViolations how many pods would be evicted in spite of a disruption budget
 */
public record Victims(List<String> uids, long budgetViolations) {
    /** Copies the list. */
    public Victims {
        uids = List.copyOf(uids);
    }
}
