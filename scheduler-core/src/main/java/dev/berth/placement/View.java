package dev.berth.placement;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.GpuTopology;
import dev.berth.cluster.MigGeometry;
import dev.berth.ledger.NodeReading;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;

/**
 * The cluster as one planner sees it: what is free on each node, copied from the ledger node by node whenever the ledger
 * says that a node has changed. Each node's figures are of one moment; different nodes may be of different moments.
 *
 * <p>Used by the planner's thread only. All accessors are O(1) and do not allocate.
 */
public final class View {
    /** Kinds of claims that {@link #claims} tells apart: shares, 1, 2, 4, 8 whole GPUs, and all others (MIG included). */
    public static final int CLAIM_KINDS = NodeReading.CLAIM_KINDS;

    /** More claims left than this are not told apart. */
    static final int MAX_CLAIMS_LEFT = 511;

    //   version (44) | free GPU mask (16) | claims left, low bits (3) | allocatable (1)
    private static final int HEAD = 0;
    private static final int MASK_SHIFT = 4;
    private static final int VERSION_SHIFT = MASK_SHIFT + Cluster.MAX_GPUS_PER_NODE;
    private static final int CPU = 1;
    private static final int MEMORY = 2;
    private static final int CLAIMS = 3;
    //   CPU of claims without GPUs (32) | claims left, high bits (6) | largest free share (10) | free milli-GPU (16)
    private static final int SUMS = 4;
    //   GPUs not in MIG mode (16) | which of the links (8) | memory of claims without GPUs (40)
    private static final int CPU_ONLY_MEMORY = 5;
    private static final int MEMORY_BITS = 40;
    private static final long MEMORY_MASK = (1L << MEMORY_BITS) - 1;
    private static final int LINKS_BITS = 8;
    /** For links that found no number. */
    private static final int OTHER_LINKS = (1 << LINKS_BITS) - 1;
    //   16 bits a GPU, then a word for each counted resource
    private static final int LANES = 6;

    private final Cluster cluster;
    private final int resources;
    private final int countedAt;
    private final int wordsPerNode;
    private final int claimLimit;
    private final NodeRows rows;
    private final GpuTopology[] links;
    private final PowerBudget power;

    View(Cluster cluster) {
        this(cluster, Integer.MAX_VALUE);
    }

    /** A view in which nodes with {@code claimLimit} claims take no more. */
    View(Cluster cluster, int claimLimit) {
        this.claimLimit = claimLimit;
        this.cluster = cluster;
        resources = cluster.countedNames().size();
        countedAt = LANES + (cluster.maxGpusPerNode() + 3) / 4;
        wordsPerNode = countedAt + resources;
        rows = new NodeRows(cluster.nodeCount());
        rows.reserve(wordsPerNode);
        // By identity: a cluster keeps one object of each, and comparing their tables costs time.
        IdentityHashMap<GpuTopology, Integer> numbers = new IdentityHashMap<>();
        List<GpuTopology> numbered = new ArrayList<>();
        for (int node = 0; node < cluster.nodeCount(); node++) {
            int number = numbers.computeIfAbsent(cluster.gpuTopology(node), of -> {
                numbered.add(of);
                return Math.min(OTHER_LINKS, numbered.size() - 1);
            });
            long fixed = (long) cluster.plainGpuMask(node) << LINKS_BITS | number;
            rows.words()[rows.at(node) + CPU_ONLY_MEMORY] = fixed << MEMORY_BITS;
        }
        links = numbered.toArray(new GpuTopology[0]);
        power = new PowerBudget(cluster);
    }

    /** Where others that belong to this view have their words beside its own. */
    NodeRows rows() {
        return rows;
    }

    private long word(int node, int word) {
        return rows.words()[rows.at(node) + word];
    }

    /**
     * Takes over what was read of a node.
     *
     * @return whether other nodes of its rack may now have room that they had not, or have it no longer
     */
    boolean set(int node, NodeReading reading) {
        long[] words = rows.words();
        int at = rows.at(node);
        int plain = plainGpuMask(node);
        int free = 0;
        int largest = 0;
        for (int lanes = 0; lanes < countedAt - LANES; lanes++) {
            words[at + LANES + lanes] = reading.gpuLanes(lanes);
        }
        for (int mask = plain; mask != 0; mask &= mask - 1) {
            int lane = reading.gpuFreeMilli(Integer.numberOfTrailingZeros(mask));
            free += lane;
            largest = Math.max(largest, lane);
        }
        boolean allocatable = reading.allocatable() && reading.liveClaims() < claimLimit;
        int claimsLeft = Math.max(0, Math.min(MAX_CLAIMS_LEFT, claimLimit - reading.liveClaims()));
        words[at + HEAD] = reading.version() << VERSION_SHIFT
                | (long) reading.freeGpuMask() << MASK_SHIFT
                | (claimsLeft & 7) << 1
                | (allocatable ? 1 : 0);
        words[at + CPU] = reading.cpuFreeMilli();
        words[at + MEMORY] = reading.memoryFreeMib();
        words[at + CLAIMS] = reading.claimCounts();
        words[at + SUMS] = Math.min(Integer.MAX_VALUE, reading.cpuOnlyMilli()) << 32
                | (long) (claimsLeft >>> 3) << 26
                | (long) largest << 16
                | free;
        words[at + CPU_ONLY_MEMORY] =
                words[at + CPU_ONLY_MEMORY] & ~MEMORY_MASK | Math.min(MEMORY_MASK, reading.cpuOnlyMemoryMib());
        for (int r = 0; r < resources; r++) {
            words[at + countedAt + r] = reading.countedFree(r);
        }
        return power.nodeChanged(node, reading);
    }

    int wordsPerNode() {
        return wordsPerNode;
    }

    /** All that is known of a node. */
    void copyWords(int node, long[] out) {
        System.arraycopy(rows.words(), rows.at(node), out, 0, wordsPerNode);
    }

    /** Whether all but the version of a node is what {@link #copyWords} gave. */
    boolean hasWords(int node, long[] of) {
        long[] words = rows.words();
        int at = rows.at(node);
        long differ = (words[at + HEAD] ^ of[HEAD]) << Long.SIZE - VERSION_SHIFT;
        for (int w = HEAD + 1; w < wordsPerNode; w++) {
            differ |= words[at + w] ^ of[w];
        }
        return differ == 0;
    }

    /** What the racks draw, and what they may. */
    PowerBudget power() {
        return power;
    }

    /** The cluster. */
    public Cluster cluster() {
        return cluster;
    }

    /** Version of the node in the ledger when it was read. */
    public long version(int node) {
        return word(node, HEAD) >>> VERSION_SHIFT;
    }

    /** Whether the node takes claims: it is READY and not overcommitted. */
    public boolean allocatable(int node) {
        return (word(node, HEAD) & 1) != 0;
    }

    /** Claims that the node can still have, {@link #MAX_CLAIMS_LEFT} for as many or more. */
    int claimsLeft(int node) {
        return (int) (word(node, SUMS) >>> 26 & 0x3F) << 3 | (int) (word(node, HEAD) >>> 1) & 7;
    }

    /** Free CPU in 1/1000 of a core; negative on an overcommitted node. */
    public long cpuFreeMilli(int node) {
        return word(node, CPU);
    }

    /** Free memory in MiB; negative on an overcommitted node. */
    public long memoryFreeMib(int node) {
        return word(node, MEMORY);
    }

    /** What is free of a counted resource. */
    public long countedFree(int node, int resource) {
        return word(node, countedAt + resource);
    }

    /** GPUs that are not in MIG mode, a bit each. */
    int plainGpuMask(int node) {
        return (int) (word(node, CPU_ONLY_MEMORY) >>> MEMORY_BITS + LINKS_BITS) & 0xFFFF;
    }

    /** Links inside a node. */
    GpuTopology gpuTopology(int node) {
        int number = (int) (word(node, CPU_ONLY_MEMORY) >>> MEMORY_BITS) & OTHER_LINKS;
        return number < OTHER_LINKS ? links[number] : cluster.gpuTopology(node);
    }

    /** GPUs that nobody holds any part of and that are not in MIG mode, a bit each. */
    public int freeGpuMask(int node) {
        return (int) (word(node, HEAD) >>> MASK_SHIFT) & 0xFFFF;
    }

    /** What is free of a GPU that is not in MIG mode, 0 to 1000. Meaningless for a GPU in MIG mode. */
    public int gpuFreeMilli(int node, int gpu) {
        return (int) (word(node, LANES + (gpu >>> 2)) >>> 16 * (gpu & 3)) & 0xFFFF;
    }

    /** Occupancy of a GPU in MIG mode, as {@link dev.berth.cluster.MigGeometry} defines it. */
    public int migOccupancy(int node, int gpu) {
        return (int) (word(node, LANES + (gpu >>> 2)) >>> 16 * (gpu & 3)) & 0xFFFF;
    }

    /** Sum of {@link #gpuFreeMilli} over the GPUs of the node that are not in MIG mode. */
    public int freeGpuMilli(int node) {
        return (int) word(node, SUMS) & 0xFFFF;
    }

    /** Most that is free on one GPU of the node that is not in MIG mode, 0 to 1000. */
    public int largestFreeShareMilli(int node) {
        return (int) (word(node, SUMS) >>> 16) & 0x3FF;
    }

    /** Number of claims of a kind on the node: 0 shares, 1 to 4 for 1, 2, 4, 8 whole GPUs, 5 other claims with GPUs. */
    public int claims(int node, int kind) {
        return (int) (word(node, CLAIMS) >>> 10 * kind) & 0x3FF;
    }

    /** Number of claims on the node that hold any GPU. */
    public int gpuClaims(int node) {
        int sum = 0;
        for (long c = word(node, CLAIMS); c != 0; c >>>= 10) {
            sum += (int) c & 0x3FF;
        }
        return sum;
    }

    /** CPU held by claims without GPUs, in 1/1000 of a core. */
    public int cpuOnlyMilli(int node) {
        return (int) (word(node, SUMS) >>> 32);
    }

    /** Memory held by claims without GPUs, in MiB. */
    public long cpuOnlyMemoryMib(int node) {
        return word(node, CPU_ONLY_MEMORY) & MEMORY_MASK;
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
            int occupancy = migOccupancy(node, gpu);
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
        long[] words = rows.words();
        int at = rows.at(node);
        long head = words[at + HEAD];
        if ((head & 1) == 0
                || words[at + CPU] < demand.cpuMilli()
                || words[at + MEMORY] < demand.memoryMib()
                || Integer.bitCount((int) (head >>> MASK_SHIFT) & 0xFFFF) < demand.wholeGpus()
                || largestFreeShareMilli(node) < demand.shareMilli()) {
            return false;
        }
        for (int r = 0; r < resources; r++) {
            if (words[at + countedAt + r] < demand.counted(r)) {
                return false;
            }
        }
        return (!demand.mig() || tightestMigGpu(node, demand) >= 0) && bearsPower(node, demand);
    }

    /** Whether the power cap of the node's rack, if it has one, leaves room for the demand. */
    boolean bearsPower(int node, Demand demand) {
        return !power.hasCaps() || power.mayTake(node, moreBusyGpus(node, demand));
    }

    /** As {@link #moreBusyGpus(int, Demand, int)}, for one task. */
    int moreBusyGpus(int node, Demand demand) {
        return moreBusyGpus(node, demand, 1);
    }

    /**
     * How many GPUs that nobody holds any part of tasks may take into use. Shares and MIG instances may as long as there are such
     * GPUs, even where used ones have room, because the policy chooses the GPU.
     */
    int moreBusyGpus(int node, Demand demand, int tasks) {
        if (demand.shareMilli() > 0) {
            return Math.min(tasks, Integer.bitCount(freeGpuMask(node)));
        }
        if (!demand.mig()) {
            return tasks * demand.wholeGpus();
        }
        int unused = 0;
        for (int mask = cluster.migGpuMask(node); mask != 0; mask &= mask - 1) {
            unused += migOccupancy(node, Integer.numberOfTrailingZeros(mask)) == 0 ? 1 : 0;
        }
        return Math.min(tasks, unused);
    }

    /**
     * The GPU that spares islands most among those that have as much free as the given one: among free GPUs that after which
     * most is left for tasks of several GPUs ({@link GpuTopology#bestMask}), among others that in whose island the fewest GPUs are
     * free, the lowest index among equals. A policy that looks at what is free cannot tell these GPUs apart, so that it costs nothing.
     *
     * @param gpu a GPU that is not in MIG mode; or -1, which is answered with -1
     */
    public int sparingIslands(int node, int gpu) {
        if (gpu < 0) {
            return gpu;
        }
        GpuTopology topology = gpuTopology(node);
        int free = freeGpuMask(node);
        if ((free >>> gpu & 1) != 0) {
            return Integer.numberOfTrailingZeros(topology.bestMask(free, 1));
        }
        int milli = gpuFreeMilli(node, gpu);
        int best = gpu;
        int fewest = Integer.MAX_VALUE;
        for (int mask = plainGpuMask(node) & ~free; mask != 0; mask &= mask - 1) {
            int other = Integer.numberOfTrailingZeros(mask);
            int freeBeside = Integer.bitCount(free & topology.islandMask(topology.islandOf(other)));
            if (gpuFreeMilli(node, other) == milli && freeBeside < fewest) {
                fewest = freeBeside;
                best = other;
            }
        }
        return best;
    }

    /** The GPU with least free that still has {@code milli} free, the lowest index among equals; -1 when there is none. */
    public int tightestGpu(int node, int milli) {
        int best = -1;
        int least = Integer.MAX_VALUE;
        for (int mask = plainGpuMask(node); mask != 0; mask &= mask - 1) {
            int gpu = Integer.numberOfTrailingZeros(mask);
            int free = gpuFreeMilli(node, gpu);
            if (free >= milli && free < least) {
                least = free;
                best = gpu;
            }
        }
        return best;
    }
}
