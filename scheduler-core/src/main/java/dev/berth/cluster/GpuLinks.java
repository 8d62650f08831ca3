package dev.berth.cluster;

import java.util.Arrays;

/** The link matrix of a {@link GpuTopology}: symmetric, one entry for each pair. Mutable until its topology is built. */
final class GpuLinks {
    /** Both directions of one NVLink, in GB/s, by generation (NVIDIA, "NVLink and NVSwitch": 160, 300, 600, 900, 1800 a GPU). */
    private static final int[] LANE_GIGABYTES_PER_SECOND = {0, 40, 50, 50, 50, 100};
    /** NVLinks of a GPU, by generation (same source). */
    private static final int[] LANES_OF_A_GPU = {0, 4, 6, 12, 18, 18};

    static final int GENERATIONS = LANES_OF_A_GPU.length - 1;

    private static final LinkKind[] KINDS = LinkKind.values();

    private final int gpuCount;
    private final byte[] kind;
    private final byte[] lanes;
    private final byte[] generation;
    private final int[] gigabytesPerSecond;
    /** 1 switched, 0 direct, -1 not said. */
    private int switched = -1;

    GpuLinks(int gpuCount) {
        this.gpuCount = gpuCount;
        kind = new byte[gpuCount * gpuCount];
        lanes = new byte[gpuCount * gpuCount];
        generation = new byte[gpuCount * gpuCount];
        gigabytesPerSecond = new int[gpuCount * gpuCount];
        Arrays.fill(kind, (byte) LinkKind.SYS.ordinal());
        Arrays.fill(gigabytesPerSecond, LinkKind.SYS.gigabytesPerSecond());
    }

    private GpuLinks(GpuLinks from) {
        gpuCount = from.gpuCount;
        kind = from.kind.clone();
        lanes = from.lanes.clone();
        generation = from.generation.clone();
        gigabytesPerSecond = from.gigabytesPerSecond.clone();
        switched = from.isSwitched() ? 1 : 0;
    }

    GpuLinks copy() {
        return new GpuLinks(this);
    }

    int gpuCount() {
        return gpuCount;
    }

    LinkKind kind(int a, int b) {
        return KINDS[kind[pair(a, b)]];
    }

    int lanes(int a, int b) {
        return lanes[pair(a, b)];
    }

    int generation(int a, int b) {
        return generation[pair(a, b)];
    }

    int gigabytesPerSecond(int a, int b) {
        return gigabytesPerSecond[pair(a, b)];
    }

    boolean isJoined(int a, int b) {
        return kind(a, b).joinsIslands();
    }

    void setSwitched(boolean throughSwitches) {
        switched = throughSwitches ? 1 : 0;
    }

    void setNvlink(int a, int b, int newLanes, int newGeneration) {
        if (newGeneration < 1 || newGeneration > GENERATIONS) {
            throw new IllegalArgumentException("NVLink generation of GPUs " + a + " and " + b + " is " + newGeneration
                    + ", allowed: 1 to " + GENERATIONS);
        }
        if (newLanes < 1 || newLanes > LANES_OF_A_GPU[newGeneration]) {
            throw new IllegalArgumentException("NVLinks of GPUs " + a + " and " + b + " are " + newLanes
                    + ", allowed: 1 to " + LANES_OF_A_GPU[newGeneration] + " in generation " + newGeneration);
        }
        set(a, b, LinkKind.NVLINK, newLanes, newGeneration, newLanes * LANE_GIGABYTES_PER_SECOND[newGeneration]);
    }

    void set(int a, int b, LinkKind newKind, int newLanes, int newGeneration, int newGigabytesPerSecond) {
        if (newGigabytesPerSecond < 1 || newGigabytesPerSecond > GpuTopology.MAX_LINK_GIGABYTES_PER_SECOND) {
            throw new IllegalArgumentException("bandwidth of GPUs " + a + " and " + b + " is " + newGigabytesPerSecond
                    + " GB/s, allowed: 1 to " + GpuTopology.MAX_LINK_GIGABYTES_PER_SECOND);
        }
        for (int at : new int[] {pair(a, b), pair(b, a)}) {
            kind[at] = (byte) newKind.ordinal();
            lanes[at] = (byte) newLanes;
            generation[at] = (byte) newGeneration;
            gigabytesPerSecond[at] = newGigabytesPerSecond;
        }
    }

    /** Whether a GPU's links are the same towards every peer, because they go through switches. */
    boolean isSwitched() {
        if (switched >= 0) {
            return switched == 1;
        }
        for (int a = 0; a < gpuCount; a++) {
            int sum = 0;
            int most = 0;
            for (int b = 0; b < gpuCount; b++) {
                if (a != b) {
                    sum += lanes(a, b);
                    most = Math.max(most, LANES_OF_A_GPU[generation(a, b)]);
                }
            }
            if (sum > most) {
                return true;
            }
        }
        return false;
    }

    private int pair(int a, int b) {
        if (a < 0 || b < 0 || a >= gpuCount || b >= gpuCount || a == b) {
            throw new IndexOutOfBoundsException("GPUs " + a + " and " + b + ", allowed: two of " + gpuCount);
        }
        return a * gpuCount + b;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof GpuLinks that
                && gpuCount == that.gpuCount
                && isSwitched() == that.isSwitched()
                && Arrays.equals(kind, that.kind)
                && Arrays.equals(lanes, that.lanes)
                && Arrays.equals(generation, that.generation)
                && Arrays.equals(gigabytesPerSecond, that.gigabytesPerSecond);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(kind) + Arrays.hashCode(gigabytesPerSecond);
    }
}
