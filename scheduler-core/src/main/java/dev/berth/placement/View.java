package dev.berth.placement;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.MigGeometry;
import dev.berth.ledger.NodeReading;

/**
 * The cluster as one planner sees it: what is free on each node, copied from the ledger node by node whenever the ledger
 * says that a node has changed. Each node's figures are of one moment; different nodes may be of different moments.
 *
 * <p>Used by the planner's thread only. All accessors are O(1) and do not allocate.
 */
public final class View {
    /** Kinds of claims that {@link #claims} tells apart: shares, 1, 2, 4, 8 whole GPUs, and all others (MIG included). */
    public static final int CLAIM_KINDS = NodeReading.CLAIM_KINDS;

    private final Cluster cluster;
    private final int gpus;
    private final int resources;
    private final long[] version;
    private final boolean[] allocatable;
    private final long[] cpuFreeMilli;
    private final long[] memoryFreeMib;
    private final long[] countedFree;
    private final short[] freeGpuMask;
    private final short[] lanes;
    private final int[] freeGpuMilli;
    private final short[] largestShare;
    private final int claimLimit;
    private final long[] claims;
    private final int[] cpuOnlyMilli;
    private final long[] cpuOnlyMemoryMib;

    View(Cluster cluster) {
        this(cluster, Integer.MAX_VALUE);
    }

    /** A view in which nodes with {@code claimLimit} claims take no more. */
    View(Cluster cluster, int claimLimit) {
        this.claimLimit = claimLimit;
        int n = cluster.nodeCount();
        this.cluster = cluster;
        gpus = cluster.maxGpusPerNode();
        resources = cluster.countedNames().size();
        version = new long[n];
        allocatable = new boolean[n];
        cpuFreeMilli = new long[n];
        memoryFreeMib = new long[n];
        countedFree = new long[n * resources];
        freeGpuMask = new short[n];
        lanes = new short[n * gpus];
        freeGpuMilli = new int[n];
        largestShare = new short[n];
        claims = new long[n];
        cpuOnlyMilli = new int[n];
        cpuOnlyMemoryMib = new long[n];
    }

    /** Takes over what was read of a node. */
    void set(int node, NodeReading reading) {
        version[node] = reading.version();
        allocatable[node] = reading.allocatable() && reading.liveClaims() < claimLimit;
        cpuFreeMilli[node] = reading.cpuFreeMilli();
        memoryFreeMib[node] = reading.memoryFreeMib();
        for (int r = 0; r < resources; r++) {
            countedFree[node * resources + r] = reading.countedFree(r);
        }
        freeGpuMask[node] = (short) reading.freeGpuMask();
        int plain = cluster.plainGpuMask(node);
        int free = 0;
        int largest = 0;
        for (int g = 0, of = cluster.gpuCount(node); g < of; g++) {
            boolean isPlain = (plain >>> g & 1) != 0;
            int lane = isPlain ? reading.gpuFreeMilli(g) : reading.migOccupancy(g);
            lanes[node * gpus + g] = (short) lane;
            free += isPlain ? lane : 0;
            largest = isPlain ? Math.max(largest, lane) : largest;
        }
        largestShare[node] = (short) largest;
        freeGpuMilli[node] = free;
        claims[node] = reading.claimCounts();
        cpuOnlyMilli[node] = (int) Math.min(Integer.MAX_VALUE, reading.cpuOnlyMilli());
        cpuOnlyMemoryMib[node] = reading.cpuOnlyMemoryMib();
    }

    /** The cluster. */
    public Cluster cluster() {
        return cluster;
    }

    /** Version of the node in the ledger when it was read. */
    public long version(int node) {
        return version[node];
    }

    /** Whether the node takes claims: it is READY and not overcommitted. */
    public boolean allocatable(int node) {
        return allocatable[node];
    }

    /** Free CPU in 1/1000 of a core; negative on an overcommitted node. */
    public long cpuFreeMilli(int node) {
        return cpuFreeMilli[node];
    }

    /** Free memory in MiB; negative on an overcommitted node. */
    public long memoryFreeMib(int node) {
        return memoryFreeMib[node];
    }

    /** What is free of a counted resource. */
    public long countedFree(int node, int resource) {
        return countedFree[node * resources + resource];
    }

    /** GPUs that nobody holds any part of and that are not in MIG mode, a bit each. */
    public int freeGpuMask(int node) {
        return freeGpuMask[node] & 0xFFFF;
    }

    /** What is free of a GPU that is not in MIG mode, 0 to 1000. Meaningless for a GPU in MIG mode. */
    public int gpuFreeMilli(int node, int gpu) {
        return lanes[node * gpus + gpu];
    }

    /** Occupancy of a GPU in MIG mode, as {@link dev.berth.cluster.MigGeometry} defines it. */
    public int migOccupancy(int node, int gpu) {
        return lanes[node * gpus + gpu];
    }

    /** Sum of {@link #gpuFreeMilli} over the GPUs of the node that are not in MIG mode. */
    public int freeGpuMilli(int node) {
        return freeGpuMilli[node];
    }

    /** Most that is free on one GPU of the node that is not in MIG mode, 0 to 1000. */
    public int largestFreeShareMilli(int node) {
        return largestShare[node];
    }

    /** Number of claims of a kind on the node: 0 shares, 1 to 4 for 1, 2, 4, 8 whole GPUs, 5 other claims with GPUs. */
    public int claims(int node, int kind) {
        return (int) (claims[node] >>> 10 * kind) & 0x3FF;
    }

    /** Number of claims on the node that hold any GPU. */
    public int gpuClaims(int node) {
        int sum = 0;
        for (long c = claims[node]; c != 0; c >>>= 10) {
            sum += (int) c & 0x3FF;
        }
        return sum;
    }

    /** CPU held by claims without GPUs, in 1/1000 of a core. */
    public int cpuOnlyMilli(int node) {
        return cpuOnlyMilli[node];
    }

    /** Memory held by claims without GPUs, in MiB. */
    public long cpuOnlyMemoryMib(int node) {
        return cpuOnlyMemoryMib[node];
    }

    /**
     * The GPU in MIG mode with most of its slices taken on which the demand's profile can still start, the lowest index among
     * equals; -1 when there is none.
     */
    public int tightestMigGpu(int node, Demand demand) {
        int profile = demand.migProfile(cluster.migGeometryId(node));
        MigGeometry geometry = cluster.migGeometry(node);
        if (profile < 0 || geometry == null) {
            return -1;
        }
        int best = -1;
        int most = -1;
        for (int mask = cluster.migGpuMask(node); mask != 0; mask &= mask - 1) {
            int gpu = Integer.numberOfTrailingZeros(mask);
            int occupancy = lanes[node * gpus + gpu];
            int taken = Integer.bitCount(occupancy & 0xFF);
            if (taken > most && geometry.placeableStarts(profile, occupancy) != 0) {
                most = taken;
                best = gpu;
            }
        }
        return best;
    }

    /** Whether the node takes claims and has room for the demand; says nothing of models, GPU memory and labels. */
    public boolean hasRoom(int node, Demand demand) {
        if (!allocatable[node]
                || cpuFreeMilli[node] < demand.cpuMilli()
                || memoryFreeMib[node] < demand.memoryMib()
                || Integer.bitCount(freeGpuMask(node)) < demand.wholeGpus()
                || largestShare[node] < demand.shareMilli()) {
            return false;
        }
        for (int r = 0; r < resources; r++) {
            if (countedFree[node * resources + r] < demand.counted(r)) {
                return false;
            }
        }
        return !demand.mig() || tightestMigGpu(node, demand) >= 0;
    }

    /** The GPU with least free that still has {@code milli} free, the lowest index among equals; -1 when there is none. */
    public int tightestGpu(int node, int milli) {
        int best = -1;
        int least = Integer.MAX_VALUE;
        for (int mask = cluster.plainGpuMask(node); mask != 0; mask &= mask - 1) {
            int gpu = Integer.numberOfTrailingZeros(mask);
            int free = lanes[node * gpus + gpu];
            if (free >= milli && free < least) {
                least = free;
                best = gpu;
            }
        }
        return best;
    }
}
