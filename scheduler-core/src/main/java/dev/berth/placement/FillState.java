package dev.berth.placement;

import dev.berth.cluster.Cluster;

/**
 * What {@link ExpectedFillScorer} reads of a node whenever it scores it, side by side in one cache line: of a large cluster,
 * most nodes are out of the processor's reach, and each access to another array would be another wait.
 */
final class FillState {
    private static final int WORTH = 0;
    private static final int PLAIN_FILL = 1;
    private static final int MIG_FILL = 2;
    private static final int READINESS = 3;
    //   kind (32) | shape (32)
    private static final int KIND = 4;
    //   GPUs not in MIG mode (32) | CPU in 1/1000 of a core (32)
    private static final int GPUS = 5;
    private static final int MEMORY = 6;
    private static final int WORDS = 8;

    private final int nodes;
    private final long[] words;

    FillState(NodeKinds kinds) {
        Cluster cluster = kinds.cluster();
        nodes = cluster.nodeCount();
        words = new long[CacheLines.FIRST_WORD + nodes * WORDS];
        for (int node = 0; node < nodes; node++) {
            words[at(node) + KIND] = pair(kinds.kind(node), kinds.shape(node));
            words[at(node) + GPUS] = pair(cluster.plainGpuMask(node), cluster.cpuMilli(node));
            words[at(node) + MEMORY] = cluster.memoryMib(node);
        }
    }

    private static long pair(int high, int low) {
        return (long) high << 32 | low & 0xFFFF_FFFFL;
    }

    private static int at(int node) {
        return CacheLines.FIRST_WORD + node * WORDS;
    }

    int nodes() {
        return nodes;
    }

    /** Kind as in {@link NodeKinds}. */
    int kind(int node) {
        return (int) (words[at(node) + KIND] >> 32);
    }

    /** Shape as in {@link NodeKinds}. */
    int shape(int node) {
        return (int) words[at(node) + KIND];
    }

    int plainGpuMask(int node) {
        return (int) (words[at(node) + GPUS] >> 32);
    }

    int cpuMilli(int node) {
        return (int) words[at(node) + GPUS];
    }

    long memoryMib(int node) {
        return words[at(node) + MEMORY];
    }

    /** Worth before any placement, in milli-GPU. */
    double worth(int node) {
        return Double.longBitsToDouble(words[at(node) + WORTH]);
    }

    /** Expected fill of the GPUs that are not in MIG mode. */
    double plainFill(int node) {
        return Double.longBitsToDouble(words[at(node) + PLAIN_FILL]);
    }

    /** Expected fill of the GPUs in MIG mode. */
    double migFill(int node) {
        return Double.longBitsToDouble(words[at(node) + MIG_FILL]);
    }

    void fill(int node, double plain, double mig, double worth) {
        words[at(node) + PLAIN_FILL] = Double.doubleToRawLongBits(plain);
        words[at(node) + MIG_FILL] = Double.doubleToRawLongBits(mig);
        words[at(node) + WORTH] = Double.doubleToRawLongBits(worth);
    }

    /** How much of a whole free node it is, 0 to 1. */
    double readiness(int node) {
        return Double.longBitsToDouble(words[at(node) + READINESS]);
    }

    void readiness(int node, double readiness) {
        words[at(node) + READINESS] = Double.doubleToRawLongBits(readiness);
    }
}
