package dev.berth.planner.pack;

import dev.berth.ledger.ClaimSpec;

/**
 * Where a task stands.
 *
 * @param job position of its job in the workload
 * @param task number of the task among those of its job, from 0 in the order of arrival; the tasks of a gang follow each other by
 *     rank
 * @param gang number of its gang among those of its job, from 0 in the order of arrival; -1 when it was placed on its own
 * @param node id of the node
 * @param kind what it holds of the GPUs
 * @param gpuMask GPUs that it holds whole or in part, a bit each
 * @param shareMilli its share of the GPU in milli-GPU, 0 for other kinds
 * @param migProfile its profile, an index in the node's MIG geometry; 0 for other kinds
 * @param migStart start slot of its MIG instance; 0 for other kinds
 */
public record Placement(
        int job,
        int task,
        int gang,
        int node,
        ClaimSpec.Kind kind,
        int gpuMask,
        int shareMilli,
        int migProfile,
        int migStart) {

    static Placement of(int job, int task, int gang, int node, ClaimSpec claim) {
        return new Placement(
                job,
                task,
                gang,
                node,
                claim.kind(),
                claim.gpuMask(),
                claim.shareMilli(),
                claim.migProfile(),
                Math.max(0, claim.migStart()));
    }

    /** Index of the first GPU that it holds, -1 when it holds none. */
    public int firstGpu() {
        return gpuMask == 0 ? -1 : Integer.numberOfTrailingZeros(gpuMask);
    }
}
