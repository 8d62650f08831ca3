package dev.berth.placement;

import java.util.List;

/**
 * Where a task would stand; nothing is claimed yet. Immutable.
 *
 * @param request what was asked
 * @param nodeName the node
 * @param gpus indices of the GPUs that would be held whole or in part, ascending
 * @param migStart start slot of the MIG instance, or -1 when no MIG profile was asked for
 * @param version version of the node that this was planned on
 * @param epoch number of the cluster that this was planned on; grows when the cluster is replaced
 */
public record Proposal(Request request, String nodeName, List<Integer> gpus, int migStart, long version, int epoch)
        implements Answer {
    /** Copies the list. */
    public Proposal {
        gpus = List.copyOf(gpus);
    }
}
