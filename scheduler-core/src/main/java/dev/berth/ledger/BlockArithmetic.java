package dev.berth.ledger;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.MigGeometry;

/**
 * What a claim does to the figures of a node. Works on a block that only the calling thread can see, or on one that it will
 * not publish; knows nothing of concurrency.
 */
final class BlockArithmetic {
    private static final int[] KIND_OF_WHOLE = {5, 1, 2, 5, 3, 5, 5, 5, 4};

    private final Cluster cluster;
    private final BlockLayout layout;

    BlockArithmetic(Cluster cluster, BlockLayout layout) {
        this.cluster = cluster;
        this.layout = layout;
    }

    /** Writes the block of a node that nobody holds anything of. */
    void pristine(int node, long[] words, int base) {
        int plain = cluster.plainGpuMask(node);
        words[base + BlockLayout.VERSION] = 0;
        words[base + BlockLayout.STATE] =
                BlockLayout.stateWord(plain, cluster.initialState(node).ordinal(), false);
        words[base + BlockLayout.CPU] = cluster.cpuMilli(node);
        words[base + BlockLayout.MEMORY] = cluster.memoryMib(node);
        words[base + BlockLayout.COUNTS] = 0;
        words[base + BlockLayout.CPU_ONLY_MILLI] = 0;
        words[base + BlockLayout.CPU_ONLY_MEMORY] = 0;
        for (int gpu = 0; gpu < cluster.gpuCount(node); gpu++) {
            layout.lane(words, base, gpu, (plain >>> gpu & 1) != 0 ? 1000 : 0);
        }
        for (int r = 0; r < layout.resources(); r++) {
            words[base + layout.counted(r)] = cluster.counted(node, r);
        }
        for (int w = layout.liveAt(); w < layout.words(); w++) {
            words[base + w] = 0;
        }
    }

    /** Whether the node has room for the claim, GPU by GPU. Says nothing of the node's state. */
    boolean fits(int node, long[] words, int base, ClaimSpec spec) {
        if (words[base + BlockLayout.CPU] < spec.cpuMilli() || words[base + BlockLayout.MEMORY] < spec.memoryMib()) {
            return false;
        }
        for (int r = 0; r < layout.resources(); r++) {
            if (words[base + layout.counted(r)] < spec.counted(r)) {
                return false;
            }
        }
        return switch (spec.kind()) {
            case NONE -> true;
            case WHOLE ->
                spec.gpuMask() != 0
                        && (spec.gpuMask() & ~BlockLayout.freeGpuMask(words[base + BlockLayout.STATE])) == 0;
            case SHARE ->
                (spec.gpuMask() & cluster.plainGpuMask(node)) != 0
                        && layout.lane(words, base, spec.gpu()) >= spec.shareMilli();
            case MIG -> {
                MigGeometry geometry = cluster.migGeometry(node);
                yield geometry != null
                        && (spec.gpuMask() & cluster.migGpuMask(node)) != 0
                        && spec.migProfile() < geometry.profileCount()
                        && spec.migStart() >= 0
                        && (geometry.placeableStarts(spec.migProfile(), layout.lane(words, base, spec.gpu()))
                                                >>> spec.migStart()
                                        & 1)
                                != 0;
            }
        };
    }

    /** Takes what a claim that fits holds. */
    void take(int node, long[] words, int base, ClaimSpec spec) {
        change(words, base, spec, 1);
        switch (spec.kind()) {
            case NONE -> {}
            case WHOLE -> {
                long state = words[base + BlockLayout.STATE];
                words[base + BlockLayout.STATE] =
                        BlockLayout.withFreeGpuMask(state, BlockLayout.freeGpuMask(state) & ~spec.gpuMask());
                for (int mask = spec.gpuMask(); mask != 0; mask &= mask - 1) {
                    layout.lane(words, base, Integer.numberOfTrailingZeros(mask), 0);
                }
            }
            case SHARE -> share(words, base, spec.gpu(), -spec.shareMilli());
            case MIG -> {
                int lane = layout.lane(words, base, spec.gpu());
                layout.lane(words, base, spec.gpu(), lane | occupancy(node, spec));
            }
        }
    }

    /** Gives back what a claim held on a node that is not overcommitted. */
    void give(int node, long[] words, int base, ClaimSpec spec) {
        change(words, base, spec, -1);
        switch (spec.kind()) {
            case NONE -> {}
            case WHOLE -> {
                long state = words[base + BlockLayout.STATE];
                words[base + BlockLayout.STATE] =
                        BlockLayout.withFreeGpuMask(state, BlockLayout.freeGpuMask(state) | spec.gpuMask());
                for (int mask = spec.gpuMask(); mask != 0; mask &= mask - 1) {
                    layout.lane(words, base, Integer.numberOfTrailingZeros(mask), 1000);
                }
            }
            case SHARE -> share(words, base, spec.gpu(), spec.shareMilli());
            case MIG -> {
                int lane = layout.lane(words, base, spec.gpu());
                layout.lane(words, base, spec.gpu(), lane & ~occupancy(node, spec));
            }
        }
    }

    /**
     * What a MIG claim occupies, or 0 when the node has no such instance. That happens to adopted claims, and to records that
     * another thread is changing while we read them; what comes of the latter is never published.
     */
    private int occupancy(int node, ClaimSpec spec) {
        MigGeometry geometry = cluster.migGeometry(node);
        return geometry != null
                        && (cluster.migGpuMask(node) >>> spec.gpu() & 1) != 0
                        && spec.migProfile() < geometry.profileCount()
                        && (geometry.startMask(spec.migProfile()) >>> spec.migStart() & 1) != 0
                ? geometry.occupancyOf(spec.migProfile(), spec.migStart())
                : 0;
    }

    private void share(long[] words, int base, int gpu, int milli) {
        int lane = layout.lane(words, base, gpu) + milli;
        layout.lane(words, base, gpu, lane);
        long state = words[base + BlockLayout.STATE];
        int free = BlockLayout.freeGpuMask(state);
        words[base + BlockLayout.STATE] =
                BlockLayout.withFreeGpuMask(state, lane == 1000 ? free | 1 << gpu : free & ~(1 << gpu));
    }

    private void change(long[] words, int base, ClaimSpec spec, int sign) {
        words[base + BlockLayout.CPU] -= (long) sign * spec.cpuMilli();
        words[base + BlockLayout.MEMORY] -= sign * spec.memoryMib();
        for (int r = 0; r < layout.resources(); r++) {
            words[base + layout.counted(r)] -= sign * spec.counted(r);
        }
        if (spec.kind() == ClaimSpec.Kind.NONE) {
            words[base + BlockLayout.CPU_ONLY_MILLI] += (long) sign * spec.cpuMilli();
            words[base + BlockLayout.CPU_ONLY_MEMORY] += sign * spec.memoryMib();
        } else {
            words[base + BlockLayout.COUNTS] += (long) sign << 10 * countKind(spec);
        }
    }

    private static int countKind(ClaimSpec spec) {
        return switch (spec.kind()) {
            case SHARE -> 0;
            case WHOLE -> spec.gpuCount() < KIND_OF_WHOLE.length ? KIND_OF_WHOLE[spec.gpuCount()] : 5;
            default -> 5;
        };
    }

    /**
     * Fills in which GPUs an adopted claim stands on where that is unknown: free ones first, then those with most left, then
     * ones that the node does not have.
     */
    void choose(int node, long[] words, int base, ClaimSpec spec) {
        int plain = cluster.plainGpuMask(node);
        switch (spec.kind()) {
            case NONE -> {}
            case WHOLE -> {
                if (spec.gpuMask() == 0) {
                    int mask = 0;
                    for (int k = 0; k < spec.gpuCount(); k++) {
                        mask |= 1 << loosest(words, base, plain & ~mask, mask);
                    }
                    spec.whole(mask);
                }
            }
            case SHARE -> {
                if (spec.gpu() == ClaimSpec.UNKNOWN) {
                    int tightest = -1;
                    for (int mask = plain; mask != 0; mask &= mask - 1) {
                        int gpu = Integer.numberOfTrailingZeros(mask);
                        int free = layout.lane(words, base, gpu);
                        if (free >= spec.shareMilli() && (tightest < 0 || free < layout.lane(words, base, tightest))) {
                            tightest = gpu;
                        }
                    }
                    spec.share(tightest >= 0 ? tightest : loosest(words, base, plain, 0), spec.shareMilli());
                }
            }
            case MIG -> chooseMig(node, words, base, spec);
        }
    }

    private void chooseMig(int node, long[] words, int base, ClaimSpec spec) {
        if (spec.gpu() != ClaimSpec.UNKNOWN && spec.migStart() != ClaimSpec.UNKNOWN) {
            return;
        }
        MigGeometry geometry = cluster.migGeometry(node);
        int candidates = spec.gpu() != ClaimSpec.UNKNOWN ? 1 << spec.gpu() : cluster.migGpuMask(node);
        int gpu = candidates == 0 ? 0 : Integer.numberOfTrailingZeros(candidates);
        int start = 0;
        if (geometry != null && spec.migProfile() < geometry.profileCount()) {
            start = Integer.numberOfTrailingZeros(geometry.startMask(spec.migProfile()));
            for (int mask = candidates & cluster.migGpuMask(node); mask != 0; mask &= mask - 1) {
                int g = Integer.numberOfTrailingZeros(mask);
                int best = geometry.bestStart(spec.migProfile(), layout.lane(words, base, g));
                if (best >= 0) {
                    gpu = g;
                    start = best;
                    break;
                }
            }
        }
        spec.mig(gpu, spec.migProfile(), start);
    }

    /** The GPU of {@code from} with most left; when {@code from} is empty, the lowest index that is not in {@code taken}. */
    private int loosest(long[] words, int base, int from, int taken) {
        int best = -1;
        for (int mask = from; mask != 0; mask &= mask - 1) {
            int gpu = Integer.numberOfTrailingZeros(mask);
            if (best < 0 || layout.lane(words, base, gpu) > layout.lane(words, base, best)) {
                best = gpu;
            }
        }
        return best >= 0 ? best : Integer.numberOfTrailingZeros(~taken);
    }

    /** Sums claims up from nothing, for nodes whose claims may exceed what they have. */
    final class Recount {
        private final int node;
        private final long[] words;
        private final int base;
        private final int[] held = new int[Cluster.MAX_GPUS_PER_NODE];
        private final boolean[] plainHolder = new boolean[Cluster.MAX_GPUS_PER_NODE];
        private final int[] slices = new int[Cluster.MAX_GPUS_PER_NODE];
        private boolean conflict;

        /** Resets all figures of the block but the state and the live bits. */
        Recount(int node, long[] words, int base) {
            this.node = node;
            this.words = words;
            this.base = base;
            words[base + BlockLayout.CPU] = cluster.cpuMilli(node);
            words[base + BlockLayout.MEMORY] = cluster.memoryMib(node);
            words[base + BlockLayout.COUNTS] = 0;
            words[base + BlockLayout.CPU_ONLY_MILLI] = 0;
            words[base + BlockLayout.CPU_ONLY_MEMORY] = 0;
            for (int r = 0; r < layout.resources(); r++) {
                words[base + layout.counted(r)] = cluster.counted(node, r);
            }
        }

        /** Adds a claim. */
        void add(ClaimSpec spec) {
            change(words, base, spec, 1);
            if (spec.kind() == ClaimSpec.Kind.MIG) {
                int occupancy = occupancy(node, spec);
                conflict |= occupancy == 0 || (slices[spec.gpu()] & occupancy) != 0;
                slices[spec.gpu()] |= occupancy == 0 ? 0xFF : occupancy;
                return;
            }
            for (int mask = spec.gpuMask(); mask != 0; mask &= mask - 1) {
                int gpu = Integer.numberOfTrailingZeros(mask);
                held[gpu] += spec.kind() == ClaimSpec.Kind.WHOLE ? 1000 : spec.shareMilli();
                plainHolder[gpu] = true;
            }
        }

        /** Writes lanes, free mask and the overcommitted flag. */
        void finish() {
            int plain = cluster.plainGpuMask(node);
            int gpus = cluster.gpuCount(node);
            int free = 0;
            for (int gpu = 0; gpu < Cluster.MAX_GPUS_PER_NODE; gpu++) {
                boolean isPlain = (plain >>> gpu & 1) != 0;
                conflict |= held[gpu] > 1000 || plainHolder[gpu] && !isPlain;
                if (gpu < gpus) {
                    layout.lane(words, base, gpu, isPlain ? Math.max(0, 1000 - held[gpu]) : slices[gpu]);
                    free |= isPlain && held[gpu] == 0 ? 1 << gpu : 0;
                }
            }
            conflict |= words[base + BlockLayout.CPU] < 0 || words[base + BlockLayout.MEMORY] < 0;
            for (int r = 0; r < layout.resources(); r++) {
                conflict |= words[base + layout.counted(r)] < 0;
            }
            long state = words[base + BlockLayout.STATE];
            words[base + BlockLayout.STATE] = BlockLayout.stateWord(free, BlockLayout.state(state), conflict);
        }
    }
}
