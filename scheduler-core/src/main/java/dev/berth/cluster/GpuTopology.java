package dev.berth.cluster;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * The links between the GPUs of one kind of node, the islands that they make, NUMA nodes and NICs. One object serves all
 * nodes of the kind. Immutable, hence thread-safe.
 *
 * <p>Bandwidth is in GB/s, both directions together, as vendors print it. Accessors that take a GPU throw
 * {@link IndexOutOfBoundsException} for one that does not exist; all are O(1) where nothing else is said.
 */
public final class GpuTopology {
    /** Largest number of a rail. */
    public static final int MAX_RAIL = 63;
    /** Largest bandwidth of a pair, in GB/s. */
    public static final int MAX_LINK_GIGABYTES_PER_SECOND = 65_535;
    /** Largest number of a NUMA node. */
    public static final int MAX_NUMA = 1023;

    private static final GpuTopology[] NONE = new GpuTopology[Cluster.MAX_GPUS_PER_NODE + 1];

    static {
        for (int gpus = 0; gpus < NONE.length; gpus++) {
            NONE[gpus] = new Builder(gpus).build();
        }
    }

    private final GpuLinks links;
    private final byte[] rail;
    private final int railCount;
    private final short[] numa;
    private final List<GpuNic> nics;
    private final int[] islands;
    private final byte[] islandOf;
    private final GpuShape shape;
    private final SubMasks subMasks;

    private GpuTopology(Builder builder) {
        int gpus = builder.gpuCount;
        links = builder.links.copy();
        numa = builder.numa.clone();
        nics = List.copyOf(builder.nics);
        rail = Rails.assign(gpus, nics);
        railCount = Rails.count(nics);
        islands = Islands.find(links);
        islandOf = new byte[gpus];
        for (int island = 0; island < islands.length; island++) {
            for (int gpu = 0; gpu < gpus; gpu++) {
                if ((islands[island] >>> gpu & 1) != 0) {
                    islandOf[gpu] = (byte) island;
                }
            }
        }
        shape = GpuShape.of(links, islands);
        subMasks = SubMasks.of(links, numa, islands);
    }

    /** No NVLink or xGMI: every GPU is an island of its own. */
    public static GpuTopology none(int gpus) {
        checkGpus(gpus, 0);
        return NONE[gpus];
    }

    /**
     * All GPUs behind NVSwitches: every pair has the full bandwidth of a GPU's links, while the others are silent.
     *
     * @param gpus number of GPUs, 0 to {@value Cluster#MAX_GPUS_PER_NODE}
     * @param linkGigabytesPerSecond what a GPU has into the switch, 1 to {@value #MAX_LINK_GIGABYTES_PER_SECOND}
     */
    public static GpuTopology nvswitch(int gpus, int linkGigabytesPerSecond) {
        Builder builder = new Builder(gpus).switched(true);
        join(builder, LinkKind.NVLINK, 0, gpus, linkGigabytesPerSecond);
        return builder.build();
    }

    /**
     * Two halves, each behind switches of its own, joined by the CPUs only.
     *
     * @param gpus number of GPUs, even, 2 to {@value Cluster#MAX_GPUS_PER_NODE}
     * @param linkGigabytesPerSecond what two GPUs of a half have
     */
    public static GpuTopology halves(int gpus, int linkGigabytesPerSecond) {
        if (gpus < 2 || gpus % 2 != 0) {
            throw new IllegalArgumentException(
                    "gpus of halves is " + gpus + ", allowed: even, 2 to " + Cluster.MAX_GPUS_PER_NODE);
        }
        Builder builder = new Builder(gpus).switched(true);
        join(builder, LinkKind.NVLINK, 0, gpus / 2, linkGigabytesPerSecond);
        join(builder, LinkKind.NVLINK, gpus / 2, gpus, linkGigabytesPerSecond);
        return builder.build();
    }

    /**
     * PCIe cards with NVLink bridges over neighbours: {0,1}, {2,3} and so on. The last of an odd number stands alone.
     *
     * @param gpus number of GPUs, 0 to {@value Cluster#MAX_GPUS_PER_NODE}
     * @param linkGigabytesPerSecond what the two of a pair have
     */
    public static GpuTopology pairs(int gpus, int linkGigabytesPerSecond) {
        Builder builder = new Builder(gpus);
        for (int gpu = 0; gpu + 1 < gpus; gpu += 2) {
            join(builder, LinkKind.NVLINK, gpu, gpu + 2, linkGigabytesPerSecond);
        }
        return builder.build();
    }

    /**
     * DGX-1 with eight V100: six NVLinks of the second generation on each GPU, two quads in which every pair is joined, and
     * one link pair from each GPU to its like in the other quad (NVIDIA DGX-1 with Tesla V100 System Architecture,
     * WP-08437-002, figure "hybrid cube-mesh").
     */
    public static GpuTopology hybridCubeMesh() {
        Builder builder = new Builder(8);
        int[][] single = {{0, 1}, {0, 2}, {1, 3}, {2, 6}, {3, 7}, {4, 5}, {4, 6}, {5, 7}};
        int[][] bonded = {{0, 3}, {0, 4}, {1, 2}, {1, 5}, {2, 3}, {4, 7}, {5, 6}, {6, 7}};
        for (int[] pair : single) {
            builder.nvlink(pair[0], pair[1], 1, 2);
        }
        for (int[] pair : bonded) {
            builder.nvlink(pair[0], pair[1], 2, 2);
        }
        return builder.build();
    }

    /**
     * Every pair has a link of its own and only that, as between AMD Instinct MI300X.
     *
     * @param gpus number of GPUs, 0 to {@value Cluster#MAX_GPUS_PER_NODE}
     * @param linkGigabytesPerSecond what a pair has
     */
    public static GpuTopology mesh(int gpus, int linkGigabytesPerSecond) {
        Builder builder = new Builder(gpus);
        join(builder, LinkKind.XGMI, 0, gpus, linkGigabytesPerSecond);
        return builder.build();
    }

    /** A builder for a measured matrix; every pair is {@link LinkKind#SYS} until it is set. */
    public static Builder builder(int gpus) {
        return new Builder(gpus);
    }

    private static void join(Builder builder, LinkKind kind, int from, int to, int gigabytesPerSecond) {
        for (int a = from; a < to; a++) {
            for (int b = a + 1; b < to; b++) {
                builder.link(a, b, kind, gigabytesPerSecond);
            }
        }
    }

    private static void checkGpus(int gpus, int least) {
        if (gpus < least || gpus > Cluster.MAX_GPUS_PER_NODE) {
            throw new IllegalArgumentException(
                    "gpus is " + gpus + ", allowed: " + least + " to " + Cluster.MAX_GPUS_PER_NODE);
        }
    }

    /** Number of GPUs, 0 to {@value Cluster#MAX_GPUS_PER_NODE}. */
    public int gpuCount() {
        return links.gpuCount();
    }

    /** How two GPUs reach each other; of several ways the fastest. */
    public LinkKind linkKind(int gpuA, int gpuB) {
        return links.kind(gpuA, gpuB);
    }

    /** What two GPUs have while the others are silent, in GB/s. For PCIe a figure that only orders the kinds of way. */
    public int linkGigabytesPerSecond(int gpuA, int gpuB) {
        return links.gigabytesPerSecond(gpuA, gpuB);
    }

    /** Number of bonded NVLinks between two GPUs; 0 when there are none or the number is not known. */
    public int nvlinkLanes(int gpuA, int gpuB) {
        return links.lanes(gpuA, gpuB);
    }

    /** Generation of the NVLinks between two GPUs; 0 when there are none or it is not known. */
    public int nvlinkGeneration(int gpuA, int gpuB) {
        return links.generation(gpuA, gpuB);
    }

    /** Whether the links of a GPU are the same towards every peer of its island, because they go through switches. */
    public boolean isSwitched() {
        return links.isSwitched();
    }

    /**
     * Number of islands: sets of GPUs in which every pair is joined by NVLink or xGMI. Each GPU is in exactly one; one
     * without such links is an island of its own.
     */
    public int islandCount() {
        return islands.length;
    }

    /** GPUs of an island, a bit each. Islands are numbered by their lowest GPU. */
    public int islandMask(int island) {
        return islands[island];
    }

    /** Island of a GPU. */
    public int islandOf(int gpu) {
        return islandOf[gpu];
    }

    /**
     * The best {@code k} of the free GPUs: those that have the most bandwidth ({@link #bandwidthGigabytesPerSecond}); among
     * these the most pairs in one NUMA node; among these what leaves the most for later tasks; then the smallest mask as a
     * number. What is left is compared by the GPUs in islands that are whole in it; then by what it gives when it is handed
     * out in sets of eight; then of four; then of two. O(1), an array read; does not allocate.
     *
     * @param freeMask the GPUs to choose from, a bit each
     * @param k number of GPUs, 0 or more
     * @return the GPUs, a bit each; 0 when fewer than {@code k} are free
     * @throws IllegalArgumentException if {@code freeMask} has GPUs that the node does not have, or {@code k} is negative
     */
    public int bestMask(int freeMask, int k) {
        if (freeMask >>> gpuCount() != 0 || k < 0) {
            throw new IllegalArgumentException("freeMask is " + Integer.toBinaryString(freeMask) + " and k " + k
                    + ", allowed: bits of " + gpuCount() + " GPUs and 0 or more");
        }
        return Integer.bitCount(freeMask) < k ? 0 : subMasks.best(freeMask, k);
    }

    /**
     * Sum over all pairs in a mask of what the pair has while the others are silent, in GB/s. It compares sets of GPUs of
     * this node; it is not what they move when all talk at once, which behind a switch is less.
     *
     * @throws IllegalArgumentException if {@code mask} has GPUs that the node does not have
     */
    public int bandwidthGigabytesPerSecond(int mask) {
        if (mask >>> gpuCount() != 0) {
            throw new IllegalArgumentException(
                    "mask is " + Integer.toBinaryString(mask) + ", allowed: bits of " + gpuCount() + " GPUs");
        }
        return subMasks.gigabytesPerSecond(mask);
    }

    /** NUMA node of a GPU, -1 when unknown. */
    public int numaOf(int gpu) {
        return numa[gpu];
    }

    /** Number of different rails that the NICs are on. */
    public int railCount() {
        return railCount;
    }

    /**
     * Rail of a GPU's nearest NIC that is on a rail, -1 when there is none. Of equally near ones that which the fewest lower
     * GPUs have, then the first: two GPUs beside two NICs get one each.
     */
    public int railOf(int gpu) {
        return rail[gpu];
    }

    /** The NICs, in the order in which they were added. */
    public List<GpuNic> nics() {
        return nics;
    }

    /**
     * Name of the arrangement: {@code nvswitch} (every pair has all of a GPU's links), {@code halves} (two equal islands
     * without links between), {@code pairs} (every island is a pair, or a GPU without links beside pairs),
     * {@code hybrid-cube-mesh} (DGX-1), {@code mesh} (every pair has an equal link of its own), {@code none} (no NVLink or
     * xGMI), {@code other}.
     */
    public String shape() {
        return shape.label();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof GpuTopology that
                && links.equals(that.links)
                && Arrays.equals(numa, that.numa)
                && nics.equals(that.nics);
    }

    @Override
    public int hashCode() {
        return Objects.hash(links, Arrays.hashCode(numa), nics);
    }

    @Override
    public String toString() {
        StringBuilder text =
                new StringBuilder("GpuTopology[").append(gpuCount()).append(" GPUs, ");
        text.append(shape()).append(", islands");
        for (int island : islands) {
            text.append(' ').append(Integer.toHexString(island));
        }
        return text.append(']').toString();
    }

    /** Collects a link matrix. Not thread-safe. Methods that take a GPU throw {@link IndexOutOfBoundsException}. */
    public static final class Builder {
        private final int gpuCount;
        private final GpuLinks links;
        private final short[] numa;
        private final List<GpuNic> nics = new ArrayList<>();

        private Builder(int gpus) {
            checkGpus(gpus, 0);
            gpuCount = gpus;
            links = new GpuLinks(gpus);
            numa = new short[gpus];
            Arrays.fill(numa, (short) -1);
        }

        /** Sets a pair to a way over PCIe or the CPUs. */
        public Builder link(int gpuA, int gpuB, LinkKind kind) {
            if (kind.joinsIslands()) {
                throw new IllegalArgumentException(
                        "kind is " + kind + ", allowed without a bandwidth: PIX, PXB, PHB, NODE, SYS");
            }
            links.set(gpuA, gpuB, kind, 0, 0, kind.gigabytesPerSecond());
            return this;
        }

        /** Sets a pair to NVLink or xGMI of a given bandwidth, 1 to {@value #MAX_LINK_GIGABYTES_PER_SECOND} GB/s. */
        public Builder link(int gpuA, int gpuB, LinkKind kind, int gigabytesPerSecond) {
            if (!kind.joinsIslands()) {
                throw new IllegalArgumentException("kind is " + kind + ", allowed with a bandwidth: NVLINK, XGMI");
            }
            links.set(gpuA, gpuB, kind, 0, 0, gigabytesPerSecond);
            return this;
        }

        /**
         * Sets a pair to bonded NVLinks.
         *
         * @param lanes how many, 1 to 18
         * @param generation 1 to 5
         */
        public Builder nvlink(int gpuA, int gpuB, int lanes, int generation) {
            links.setNvlink(gpuA, gpuB, lanes, generation);
            return this;
        }

        /**
         * Says that links go through switches, so that those of a GPU are the same towards every peer. When not called, links
         * of known lanes are taken to be switched if a GPU has more of them than its generation has.
         */
        public Builder switched(boolean throughSwitches) {
            links.setSwitched(throughSwitches);
            return this;
        }

        /** Sets the NUMA node of a GPU, 0 to {@value #MAX_NUMA}; -1 when unknown. */
        public Builder numa(int gpu, int node) {
            if (node < -1 || node > MAX_NUMA) {
                throw new IllegalArgumentException(
                        "NUMA node of GPU " + gpu + " is " + node + ", allowed: -1 (unknown) to " + MAX_NUMA);
            }
            numa[gpu] = (short) node;
            return this;
        }

        /**
         * Adds a NIC.
         *
         * @throws IllegalArgumentException if it does not have a distance for each GPU, or its name is taken
         */
        public Builder nic(GpuNic nic) {
            if (nic.distances().size() != gpuCount) {
                throw new IllegalArgumentException("NIC '" + nic.name() + "': distances to "
                        + nic.distances().size() + " GPUs, allowed: " + gpuCount);
            }
            for (GpuNic other : nics) {
                if (other.name().equals(nic.name())) {
                    throw new IllegalArgumentException(
                            "NIC '" + nic.name() + "' is there twice, allowed: one of a name");
                }
            }
            nics.add(nic);
            return this;
        }

        /** The topology. O(3^GPUs) where pairs differ, about a second for 16, but once only for equal links. */
        public GpuTopology build() {
            return new GpuTopology(this);
        }
    }
}
