package dev.berth.ledger;

import dev.berth.cluster.Cluster;
import java.util.Arrays;
import java.util.Objects;

/**
 * What a claim holds on one node: GPUs in one of four kinds, CPU, memory and counted resources. A mutable buffer that the
 * caller owns and uses again, so that claiming does not allocate. Not thread-safe.
 */
public final class ClaimSpec {
    /** The kinds of GPU holdings. */
    public enum Kind {
        /** No GPU. */
        NONE,
        /** Whole GPUs. */
        WHOLE,
        /** A share of one GPU, in milli-GPU. */
        SHARE,
        /** One instance of a MIG profile on one GPU. */
        MIG
    }

    /** In place of a GPU index or a start slot: not known, for {@link Ledger#adopt} to choose. */
    public static final int UNKNOWN = -1;

    /** A MIG profile that no GPU model has: a claim of it overcommits its node. */
    static final int NO_PROFILE = 255;

    private static final Kind[] KINDS = Kind.values();

    private Kind kind = Kind.NONE;
    private int gpuMask;
    private int gpuCount;
    private int gpu;
    private int shareMilli;
    private int migProfile;
    private int migStart;
    private int cpuMilli;
    private long memoryMib;
    private long[] counted = new long[0];

    /** Back to a claim of nothing. */
    public ClaimSpec clear() {
        noGpus();
        cpuMilli = 0;
        memoryMib = 0;
        Arrays.fill(counted, 0);
        return this;
    }

    /** Holds no GPU. */
    public ClaimSpec noGpus() {
        kind = Kind.NONE;
        gpuMask = 0;
        gpuCount = 0;
        gpu = 0;
        shareMilli = 0;
        migProfile = 0;
        migStart = 0;
        return this;
    }

    /**
     * Holds the whole GPUs whose bits are set.
     *
     * @param mask 1 to 0xFFFF
     */
    public ClaimSpec whole(int mask) {
        if (mask <= 0 || mask > 0xFFFF) {
            throw new IllegalArgumentException("gpuMask is " + mask + ", allowed: 1 to 65535");
        }
        noGpus();
        kind = Kind.WHOLE;
        gpuMask = mask;
        gpuCount = Integer.bitCount(mask);
        return this;
    }

    /**
     * Holds this many whole GPUs, which ones is not known; for {@link Ledger#adopt} only.
     *
     * @param count 1 to 16
     */
    public ClaimSpec wholeUnknown(int count) {
        if (count < 1 || count > 16) {
            throw new IllegalArgumentException("gpuCount is " + count + ", allowed: 1 to 16");
        }
        noGpus();
        kind = Kind.WHOLE;
        gpuCount = count;
        return this;
    }

    /**
     * Holds a share of one GPU.
     *
     * @param gpuIndex 0 to 15, or {@link #UNKNOWN} for {@link Ledger#adopt}
     * @param milli 1 to 1000
     */
    public ClaimSpec share(int gpuIndex, int milli) {
        if (milli < 1 || milli > 1000) {
            throw new IllegalArgumentException("shareMilli is " + milli + ", allowed: 1 to 1000");
        }
        checkGpu(gpuIndex);
        noGpus();
        kind = Kind.SHARE;
        gpu = gpuIndex;
        gpuMask = gpuIndex < 0 ? 0 : 1 << gpuIndex;
        gpuCount = 1;
        shareMilli = milli;
        return this;
    }

    /**
     * Holds one instance of a MIG profile.
     *
     * @param gpuIndex 0 to 15, or {@link #UNKNOWN} for {@link Ledger#adopt}
     * @param profile index in the node's {@link dev.berth.cluster.MigGeometry}
     * @param start start slot, or {@link #UNKNOWN} for {@link Ledger#adopt}
     */
    public ClaimSpec mig(int gpuIndex, int profile, int start) {
        if (profile < 0 || profile > NO_PROFILE) {
            throw new IllegalArgumentException("migProfile is " + profile + ", allowed: 0 to 255");
        }
        if (start < UNKNOWN || start > 7) {
            throw new IllegalArgumentException("migStart is " + start + ", allowed: -1 (unknown) to 7");
        }
        checkGpu(gpuIndex);
        noGpus();
        kind = Kind.MIG;
        gpu = gpuIndex;
        gpuMask = gpuIndex < 0 ? 0 : 1 << gpuIndex;
        gpuCount = 1;
        migProfile = profile;
        migStart = start;
        return this;
    }

    private static void checkGpu(int gpuIndex) {
        if (gpuIndex < UNKNOWN || gpuIndex > 15) {
            throw new IllegalArgumentException("gpu is " + gpuIndex + ", allowed: -1 (unknown) to 15");
        }
    }

    /**
     * Sets CPU in 1/1000 of a core.
     *
     * @param milli 0 or more
     */
    public ClaimSpec cpuMilli(int milli) {
        if (milli < 0) {
            throw new IllegalArgumentException("cpuMilli is " + milli + ", allowed: 0 or more");
        }
        cpuMilli = milli;
        return this;
    }

    /**
     * Sets memory in MiB.
     *
     * @param mib 0 to {@link Integer#MAX_VALUE}
     */
    public ClaimSpec memoryMib(long mib) {
        if (mib < 0 || mib > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("memoryMib is " + mib + ", allowed: 0 to " + Integer.MAX_VALUE);
        }
        memoryMib = mib;
        return this;
    }

    /**
     * Sets a counted resource.
     *
     * @param resource id in the cluster
     * @param amount 0 to {@link Cluster#MAX_COUNTED_AMOUNT}
     * @throws IndexOutOfBoundsException if the id is not 0 to {@link Cluster#MAX_COUNTED} - 1
     */
    public ClaimSpec counted(int resource, long amount) {
        Objects.checkIndex(resource, Cluster.MAX_COUNTED);
        if (amount < 0 || amount > Cluster.MAX_COUNTED_AMOUNT) {
            throw new IllegalArgumentException(
                    "counted resource " + resource + " is " + amount + ", allowed: 0 to " + Cluster.MAX_COUNTED_AMOUNT);
        }
        if (resource >= counted.length) {
            if (amount == 0) {
                return this;
            }
            counted = Arrays.copyOf(counted, resource + 1);
        }
        counted[resource] = amount;
        return this;
    }

    /** Kind of GPU holding. */
    public Kind kind() {
        return kind;
    }

    /** GPUs that are held whole or in part, a bit each; 0 when none is held or which ones is unknown. */
    public int gpuMask() {
        return gpuMask;
    }

    /** Number of GPUs that are held whole or in part. */
    public int gpuCount() {
        return gpuCount;
    }

    /** GPU of a share or a MIG instance, or {@link #UNKNOWN}. */
    public int gpu() {
        return gpu;
    }

    /** Share in milli-GPU, 0 for other kinds. */
    public int shareMilli() {
        return shareMilli;
    }

    /** MIG profile, 0 for other kinds. */
    public int migProfile() {
        return migProfile;
    }

    /** Start slot of a MIG instance, or {@link #UNKNOWN}. */
    public int migStart() {
        return migStart;
    }

    /** CPU in 1/1000 of a core. */
    public int cpuMilli() {
        return cpuMilli;
    }

    /** Memory in MiB. */
    public long memoryMib() {
        return memoryMib;
    }

    /** Amount of a counted resource, 0 when never set. */
    public long counted(int resource) {
        return resource < counted.length ? counted[resource] : 0;
    }

    /** Takes over everything from another buffer. */
    public ClaimSpec set(ClaimSpec from) {
        kind = from.kind;
        gpuMask = from.gpuMask;
        gpuCount = from.gpuCount;
        gpu = from.gpu;
        shareMilli = from.shareMilli;
        migProfile = from.migProfile;
        migStart = from.migStart;
        cpuMilli = from.cpuMilli;
        memoryMib = from.memoryMib;
        if (counted.length < from.counted.length) {
            counted = new long[from.counted.length];
        }
        for (int r = 0; r < counted.length; r++) {
            counted[r] = from.counted(r);
        }
        return this;
    }

    /** Clears it and makes room for so many counted resources, so that filling it in does not allocate. */
    void prepare(int resources) {
        clear();
        if (counted.length < resources) {
            counted = new long[resources];
        }
    }

    /**
     * Refuses a claim of what the ledger keeps no count of.
     *
     * @throws IllegalArgumentException if there is any of a resource whose id is not below {@code resources}
     */
    void checkCounted(int resources) {
        for (int r = resources; r < counted.length; r++) {
            if (counted[r] != 0) {
                throw new IllegalArgumentException("counted resource " + r + " is " + counted[r]
                        + ", allowed: 0, because the cluster names " + resources + " counted resources");
            }
        }
    }

    /** Kind and GPUs in one word, for the claim table. */
    long holdingWord() {
        return kind.ordinal()
                | (long) gpuMask << 3
                | (long) gpuCount << 19
                | (long) (gpu & 0x1F) << 24
                | (long) shareMilli << 29
                | (long) migProfile << 40
                | (long) (migStart & 0xF) << 48;
    }

    /** CPU and memory in one word, for the claim table. */
    long sizeWord() {
        return (long) cpuMilli << 32 | memoryMib;
    }

    /** The inverse of {@link #holdingWord} and {@link #sizeWord}; leaves the counted resources alone. */
    void setWords(long holding, long size) {
        kind = KINDS[(int) holding & 7];
        gpuMask = (int) (holding >>> 3) & 0xFFFF;
        gpuCount = (int) (holding >>> 19) & 0x1F;
        gpu = (int) (holding >>> 24) & 0x1F;
        shareMilli = (int) (holding >>> 29) & 0x7FF;
        migProfile = (int) (holding >>> 40) & 0xFF;
        migStart = (int) (holding >>> 48) & 0xF;
        cpuMilli = (int) (size >>> 32);
        memoryMib = size & 0xFFFF_FFFFL;
    }

    @Override
    public String toString() {
        String gpus = switch (kind) {
            case NONE -> "no GPU";
            case WHOLE -> gpuCount + " GPUs, mask " + Integer.toBinaryString(gpuMask);
            case SHARE -> shareMilli + " milli of GPU " + gpu;
            case MIG -> "MIG profile " + migProfile + " at " + migStart + " of GPU " + gpu;
        };
        return "ClaimSpec[" + gpus + ", " + cpuMilli + " milli CPU, " + memoryMib + " MiB, " + Arrays.toString(counted)
                + "]";
    }
}
