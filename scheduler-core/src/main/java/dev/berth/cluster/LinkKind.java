package dev.berth.cluster;

/**
 * How two GPUs, or a GPU and a NIC, reach each other, from the nearest to the farthest. The words are those of the legend
 * of {@code nvidia-smi topo -m} (NVIDIA System Management Interface, nvidia-smi(1), "topo"), and xGMI of AMD's.
 */
public enum LinkKind {
    /** Bonded NVLinks. */
    NVLINK(0),
    /** AMD Infinity Fabric between GPUs. */
    XGMI(0),
    /** At most one PCIe bridge between them. */
    PIX(32),
    /** Several PCIe bridges, but not the CPU's host bridge. */
    PXB(28),
    /** The host bridge of a CPU. */
    PHB(24),
    /** Several host bridges of one NUMA node. */
    NODE(20),
    /** The link between NUMA nodes. */
    SYS(16);

    private final int gigabytesPerSecond;

    LinkKind(int gigabytesPerSecond) {
        this.gigabytesPerSecond = gigabytesPerSecond;
    }

    /** Whether this is a link made for GPUs, which makes islands: NVLink or xGMI. */
    public boolean joinsIslands() {
        return this == NVLINK || this == XGMI;
    }

    /**
     * What a pair is taken to have over PCIe, in GB/s of both directions together; 0 for NVLink and xGMI, whose number is
     * the link's own. Five descending figures that only order the five ways: the largest is PCIe 3.0 x16, so that all stay
     * below a single lane of the oldest NVLink (40 GB/s).
     */
    int gigabytesPerSecond() {
        return gigabytesPerSecond;
    }
}
