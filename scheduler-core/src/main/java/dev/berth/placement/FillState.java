package dev.berth.placement;

import dev.berth.cluster.Cluster;

/** What {@link ExpectedFillScorer} reads of a node whenever it scores it, in the node's row. */
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

    private final NodeRows rows;
    private final int from;
    private final int nodes;

    FillState(NodeKinds kinds, NodeRows rows) {
        Cluster cluster = kinds.cluster();
        this.rows = rows;
        nodes = cluster.nodeCount();
        from = rows.reserve(WORDS);
        for (int node = 0; node < nodes; node++) {
            set(node, KIND, pair(kinds.kind(node), kinds.shape(node)));
            set(node, GPUS, pair(cluster.plainGpuMask(node), cluster.cpuMilli(node)));
            set(node, MEMORY, cluster.memoryMib(node));
        }
    }

    private long get(int node, int word) {
        return rows.words()[rows.at(node) + from + word];
    }

    private void set(int node, int word, long value) {
        rows.words()[rows.at(node) + from + word] = value;
    }

    private static long pair(int high, int low) {
        return (long) high << 32 | low & 0xFFFF_FFFFL;
    }

    int nodes() {
        return nodes;
    }

    /** Kind as in {@link NodeKinds}. */
    int kind(int node) {
        return (int) (get(node, KIND) >> 32);
    }

    /** Shape as in {@link NodeKinds}. */
    int shape(int node) {
        return (int) get(node, KIND);
    }

    int plainGpuMask(int node) {
        return (int) (get(node, GPUS) >> 32);
    }

    int cpuMilli(int node) {
        return (int) get(node, GPUS);
    }

    long memoryMib(int node) {
        return get(node, MEMORY);
    }

    /** Worth before any placement, in milli-GPU. */
    double worth(int node) {
        return Double.longBitsToDouble(get(node, WORTH));
    }

    /** Expected fill of the GPUs that are not in MIG mode. */
    double plainFill(int node) {
        return Double.longBitsToDouble(get(node, PLAIN_FILL));
    }

    /** Expected fill of the GPUs in MIG mode. */
    double migFill(int node) {
        return Double.longBitsToDouble(get(node, MIG_FILL));
    }

    void fill(int node, double plain, double mig, double worth) {
        set(node, PLAIN_FILL, Double.doubleToRawLongBits(plain));
        set(node, MIG_FILL, Double.doubleToRawLongBits(mig));
        set(node, WORTH, Double.doubleToRawLongBits(worth));
    }

    /** How much of a whole free node it is, 0 to 1. */
    double readiness(int node) {
        return Double.longBitsToDouble(get(node, READINESS));
    }

    void readiness(int node, double readiness) {
        set(node, READINESS, Double.doubleToRawLongBits(readiness));
    }
}
