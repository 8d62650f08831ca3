package dev.berth.ledger;

import dev.berth.cluster.NodeState;

/**
 * What {@link Ledger#read} and {@link LedgerSnapshot#read} say about one node, all of one moment. A mutable buffer that the
 * caller owns and uses again. Not thread-safe.
 */
public final class NodeReading {
    /** Kinds of claims that {@link #claimCounts} tells apart: shares, 1, 2, 4, 8 whole GPUs, and all others (MIG included). */
    public static final int CLAIM_KINDS = 6;

    private BlockLayout layout = BlockLayout.NONE;
    private long[] words = new long[0];
    private long version;

    /** Room for a block of this layout, to be filled by the ledger. */
    long[] prepare(BlockLayout of) {
        if (layout != of) {
            layout = of;
            words = new long[of.words()];
        }
        return words;
    }

    void version(long v) {
        version = v;
    }

    /** Version of the node: it grows with every change of the node, and is what {@link Ledger#claim} compares. */
    public long version() {
        return version;
    }

    /** Life-cycle state. */
    public NodeState state() {
        return NodeState.of(BlockLayout.state(words[BlockLayout.STATE]));
    }

    /** Whether the claims exceed what the node has. */
    public boolean overcommitted() {
        return BlockLayout.overcommitted(words[BlockLayout.STATE]);
    }

    /** Whether the node takes new claims: it is READY and not overcommitted. */
    public boolean allocatable() {
        return BlockLayout.allocatable(words[BlockLayout.STATE]);
    }

    /** Free CPU in 1/1000 of a core; negative when overcommitted in CPU. */
    public long cpuFreeMilli() {
        return words[BlockLayout.CPU];
    }

    /** Free memory in MiB; negative when overcommitted in memory. */
    public long memoryFreeMib() {
        return words[BlockLayout.MEMORY];
    }

    /** What is free of a counted resource; negative when overcommitted in it. */
    public long countedFree(int resource) {
        return words[layout.counted(resource)];
    }

    /** GPUs that are not in MIG mode and of which nobody holds any part, a bit each. */
    public int freeGpuMask() {
        return BlockLayout.freeGpuMask(words[BlockLayout.STATE]);
    }

    /**
     * What is free of a GPU that is not in MIG mode, 0 to 1000. Meaningless for a GPU in MIG mode, and for one that the node does
     * not have, which is not checked.
     */
    public int gpuFreeMilli(int gpu) {
        return layout.lane(words, 0, gpu);
    }

    /**
     * {@link #gpuFreeMilli} or {@link #migOccupancy} of four GPUs at once, 16 bits each, the first of them in the lowest; 0 for
     * GPUs that the node does not have.
     *
     * @param four 0 for GPUs 0 to 3, 1 for GPUs 4 to 7, and so on; at most (GPUs of the largest node - 1) / 4, which is not
     *     checked
     */
    public long gpuLanes(int four) {
        return layout.lanes(words, 0, four);
    }

    /**
     * Occupancy of a GPU in MIG mode as {@link dev.berth.cluster.MigGeometry} defines it; meaningless for others, and for one that
     * the node does not have, which is not checked.
     */
    public int migOccupancy(int gpu) {
        return layout.lane(words, 0, gpu);
    }

    /** Numbers of claims with GPUs by kind, 10 bits each from the lowest: see {@link #CLAIM_KINDS}. */
    public long claimCounts() {
        return words[BlockLayout.COUNTS];
    }

    /** CPU held by claims without GPUs, in 1/1000 of a core. */
    public long cpuOnlyMilli() {
        return words[BlockLayout.CPU_ONLY_MILLI];
    }

    /** Memory held by claims without GPUs, in MiB. */
    public long cpuOnlyMemoryMib() {
        return words[BlockLayout.CPU_ONLY_MEMORY];
    }

    /** Number of live claims. */
    public int liveClaims() {
        return layout.liveClaims(words, 0);
    }
}
