package dev.berth.placement;

import java.util.List;

/**
 * A plan that was committed: the task holds what it asked for. Immutable.
 *
 * @param claim handle that releases it; stays the same when the cluster is replaced
 * @param request what was asked
 * @param nodeName the node
 * @param gpus indices of the GPUs that are held whole or in part, ascending
 * @param migStart start slot of the MIG instance, or -1 when no MIG profile was asked for
 */
public record Placement(Claim claim, Request request, String nodeName, List<Integer> gpus, int migStart)
        implements Answer {
    /** Copies the list. */
    public Placement {
        gpus = List.copyOf(gpus);
    }

    /**
     * The opaque handle of a placement. Only a handle releases.
     *
     * @param id never given twice by one scheduler
     */
    public record Claim(long id) {}
}
