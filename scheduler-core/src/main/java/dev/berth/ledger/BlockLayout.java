package dev.berth.ledger;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.NodeState;

/**
 * Where the figures of a node stand in its block of words. One layout per ledger, since the number of counted resources and
 * of GPUs differ; a block is never padded, so that scans stay dense.
 *
 * <pre>
 * VERSION          changes of the node so far
 * STATE            free GPU mask (16) | node state (4) | overcommitted (1) | sealed (1)
 * CPU, MEMORY      free, signed
 * COUNTS           claims with GPUs by kind, 6 x 10 bits
 * CPU_ONLY_*       held by claims without GPUs
 * lanes            16 bits a GPU: free milli (0..1000), or MIG occupancy on a GPU in MIG mode
 * counted          a word per counted resource, free, signed
 * live             a bit per entry of the node's claim table
 * </pre>
 */
final class BlockLayout {
    static final int VERSION = 0;
    /** From here on stands what a node has and is. */
    static final int FIGURES = 1;

    static final int STATE = 1;
    static final int CPU = 2;
    static final int MEMORY = 3;
    static final int COUNTS = 4;
    static final int CPU_ONLY_MILLI = 5;
    static final int CPU_ONLY_MEMORY = 6;
    private static final int LANES = 7;

    private static final int STATE_SHIFT = 16;
    private static final long OVERCOMMITTED = 1L << 20;
    private static final long SEALED = 1L << 21;
    private static final long READY_BITS = (long) NodeState.READY.ordinal() << STATE_SHIFT;

    /** For a reading that nothing has been read into. */
    static final BlockLayout NONE = new BlockLayout(0, 0, 64);

    private final int countedAt;
    private final int resources;
    private final int liveAt;
    private final int words;

    private BlockLayout(int maxGpus, int resources, int claimLimit) {
        this.resources = resources;
        countedAt = LANES + (maxGpus + 3) / 4;
        liveAt = countedAt + resources;
        words = liveAt + claimLimit / 64;
    }

    static BlockLayout of(Cluster cluster, int claimLimit) {
        return new BlockLayout(cluster.maxGpusPerNode(), cluster.countedNames().size(), claimLimit);
    }

    int words() {
        return words;
    }

    int resources() {
        return resources;
    }

    int counted(int resource) {
        if (resource < 0 || resource >= resources) {
            throw new IndexOutOfBoundsException("counted resource " + resource + " of " + resources);
        }
        return countedAt + resource;
    }

    int liveAt() {
        return liveAt;
    }

    int lane(long[] block, int base, int gpu) {
        return (int) (block[base + LANES + (gpu >>> 2)] >>> 16 * (gpu & 3)) & 0xFFFF;
    }

    /** Four lanes in one word. */
    long lanes(long[] block, int base, int four) {
        return block[base + LANES + four];
    }

    void lane(long[] block, int base, int gpu, int value) {
        int at = base + LANES + (gpu >>> 2);
        int shift = 16 * (gpu & 3);
        block[at] = block[at] & ~(0xFFFFL << shift) | (long) value << shift;
    }

    int liveClaims(long[] block, int base) {
        int sum = 0;
        for (int w = liveAt; w < words; w++) {
            sum += Long.bitCount(block[base + w]);
        }
        return sum;
    }

    boolean live(long[] block, int base, int entry) {
        return (block[base + liveAt + (entry >>> 6)] >>> entry & 1) != 0;
    }

    void live(long[] block, int base, int entry, boolean set) {
        int at = base + liveAt + (entry >>> 6);
        block[at] = set ? block[at] | 1L << entry : block[at] & ~(1L << entry);
    }

    static long stateWord(int freeGpuMask, int state, boolean overcommitted) {
        return freeGpuMask | (long) state << STATE_SHIFT | (overcommitted ? OVERCOMMITTED : 0);
    }

    static int freeGpuMask(long stateWord) {
        return (int) stateWord & 0xFFFF;
    }

    static int state(long stateWord) {
        return (int) (stateWord >>> STATE_SHIFT) & 0xF;
    }

    static boolean overcommitted(long stateWord) {
        return (stateWord & OVERCOMMITTED) != 0;
    }

    static boolean sealed(long stateWord) {
        return (stateWord & SEALED) != 0;
    }

    static boolean allocatable(long stateWord) {
        return (stateWord & (0xFL << STATE_SHIFT | OVERCOMMITTED)) == READY_BITS;
    }

    static long withFreeGpuMask(long stateWord, int mask) {
        return stateWord & ~0xFFFFL | mask;
    }

    static long withState(long stateWord, NodeState state) {
        return stateWord & ~(0xFL << STATE_SHIFT) | (long) state.ordinal() << STATE_SHIFT;
    }

    static long sealed(long stateWord, boolean set) {
        return set ? stateWord | SEALED : stateWord & ~SEALED;
    }
}
