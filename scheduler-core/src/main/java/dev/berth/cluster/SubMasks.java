package dev.berth.cluster;

import java.lang.ref.WeakReference;
import java.util.Arrays;
import java.util.Map;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The best sub-mask for every free mask and size, looked up. Objects are shared by all topologies whose pairs are worth the
 * same and whose islands are the same. Immutable, thread-safe.
 *
 * <p>Where all pairs are worth the same no table is needed. Otherwise it has 2^GPUs * GPUs entries of two bytes: 4 KiB
 * for 8 GPUs, 2 MiB for 16; and it takes 3^GPUs steps to fill: 6,561 and 43 million.
 */
final class SubMasks {
    /** Bits below the bandwidth in a worth; they count pairs in one NUMA node, at most 120. */
    private static final int NUMA_BITS = 7;
    /** Bits of the rank of what is left: one of 2^16 masks. */
    private static final int LATER_BITS = 16;

    private static final int[] LATER_SIZES = {8, 4, 2};

    /** What makes two tables the same. */
    private static final class Key {
        final int gpus;
        final int[] pairWorth;
        final int[] islands;

        Key(int gpus, int[] pairWorth, int[] islands) {
            this.gpus = gpus;
            this.pairWorth = pairWorth;
            this.islands = islands;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Key that
                    && gpus == that.gpus
                    && Arrays.equals(pairWorth, that.pairWorth)
                    && Arrays.equals(islands, that.islands);
        }

        @Override
        public int hashCode() {
            return 31 * Arrays.hashCode(pairWorth) + Arrays.hashCode(islands);
        }
    }

    /** An entry lives as long as the table that it names, because the table holds its key. */
    private static final Map<Key, WeakReference<SubMasks>> SHARED = new WeakHashMap<>();

    private final Key key;
    /** Worth of each mask, or null when all pairs are worth the same. */
    private final int @Nullable [] worth;

    private final char[] best;

    private SubMasks(Key key) {
        this.key = key;
        if (isUniform(key.pairWorth)) {
            worth = null;
            best = new char[0];
        } else {
            worth = worths(key);
            best = fill(key.gpus, worth, laterRanks(key, worth));
        }
    }

    static SubMasks of(GpuLinks links, short[] numa, int[] islands) {
        int gpus = links.gpuCount();
        int[] pairWorth = new int[gpus * (gpus - 1) / 2];
        for (int b = 1, at = 0; b < gpus; b++) {
            for (int a = 0; a < b; a++, at++) {
                int sameNuma = numa[a] >= 0 && numa[a] == numa[b] ? 1 : 0;
                pairWorth[at] = links.gigabytesPerSecond(a, b) << NUMA_BITS | sameNuma;
            }
        }
        Key key = new Key(gpus, pairWorth, islands);
        synchronized (SHARED) {
            WeakReference<SubMasks> known = SHARED.get(key);
            SubMasks shared = known == null ? null : known.get();
            if (shared == null) {
                shared = new SubMasks(key);
                // An entry left of a dead table would keep its dying key.
                SHARED.remove(key);
                SHARED.put(key, new WeakReference<>(shared));
            }
            return shared;
        }
    }

    /** The best {@code k} of the free GPUs, of which there are as many. */
    int best(int freeMask, int k) {
        if (k == 0) {
            return 0;
        }
        if (worth != null) {
            return best[freeMask * key.gpus + k - 1];
        }
        int rest = freeMask;
        for (int i = 0; i < k; i++) {
            rest &= rest - 1;
        }
        return freeMask & ~rest;
    }

    int gigabytesPerSecond(int mask) {
        if (worth != null) {
            return worth[mask] >>> NUMA_BITS;
        }
        int size = Integer.bitCount(mask);
        return size < 2 ? 0 : size * (size - 1) / 2 * (key.pairWorth[0] >>> NUMA_BITS);
    }

    private static boolean isUniform(int[] pairWorth) {
        for (int one : pairWorth) {
            if (one != pairWorth[0]) {
                return false;
            }
        }
        return true;
    }

    private static int[] worths(Key key) {
        int[] worth = new int[1 << key.gpus];
        for (int mask = 1; mask < worth.length; mask++) {
            int highest = 31 - Integer.numberOfLeadingZeros(mask);
            int rest = mask ^ 1 << highest;
            int sum = worth[rest];
            for (int gpus = rest; gpus != 0; gpus &= gpus - 1) {
                sum += key.pairWorth[highest * (highest - 1) / 2 + Integer.numberOfTrailingZeros(gpus)];
            }
            worth[mask] = sum;
        }
        return worth;
    }

    private static char[] fill(int gpus, int[] worth, char[] laterRank) {
        char[] best = new char[(1 << gpus) * gpus];
        long[] mostOfSize = new long[gpus + 1];
        for (int free = 1; free < 1 << gpus; free++) {
            Arrays.fill(mostOfSize, -1);
            // From the largest number down, so that of equal sub-masks the smallest stays.
            for (int mask = free; mask != 0; mask = (mask - 1) & free) {
                long value = (long) worth[mask] << LATER_BITS | laterRank[free ^ mask];
                int size = Integer.bitCount(mask);
                if (value >= mostOfSize[size]) {
                    mostOfSize[size] = value;
                    best[free * gpus + size - 1] = (char) mask;
                }
            }
        }
        return best;
    }

    /** Rank of each mask by what it is worth to later tasks; equal ones have equal ranks. */
    private static char[] laterRanks(Key key, int[] worth) {
        int masks = worth.length;
        int[][] laterWorth = handedOut(key.gpus, worth);
        int[] whole = new int[masks];
        Integer[] order = new Integer[masks];
        for (int mask = 0; mask < masks; mask++) {
            order[mask] = mask;
            for (int island : key.islands) {
                whole[mask] += (island & ~mask) == 0 ? Integer.bitCount(island) : 0;
            }
        }
        Arrays.sort(order, (left, right) -> compareLater(whole, laterWorth, left, right));
        char[] rank = new char[masks];
        for (int i = 1; i < masks; i++) {
            boolean same = compareLater(whole, laterWorth, order[i - 1], order[i]) == 0;
            rank[order[i]] = (char) (rank[order[i - 1]] + (same ? 0 : 1));
        }
        return rank;
    }

    private static int compareLater(int[] whole, int[][] laterWorth, int left, int right) {
        int order = Integer.compare(whole[left], whole[right]);
        for (int s = 0; order == 0 && s < LATER_SIZES.length; s++) {
            order = Integer.compare(laterWorth[s][left], laterWorth[s][right]);
        }
        return order;
    }

    /** The most that each mask is worth when it is handed out in sets of eight, of four, of two. */
    private static int[][] handedOut(int gpus, int[] worth) {
        int[][] most = new int[LATER_SIZES.length][1 << gpus];
        for (int mask = 1; mask < 1 << gpus; mask++) {
            int lowest = Integer.lowestOneBit(mask);
            int rest = mask ^ lowest;
            for (int[] ofSize : most) {
                ofSize[mask] = ofSize[rest];
            }
            // Every set either misses the lowest GPU or is one of these.
            for (int others = rest; others != 0; others = (others - 1) & rest) {
                for (int s = 0; s < LATER_SIZES.length; s++) {
                    if (Integer.bitCount(others) + 1 == LATER_SIZES[s]) {
                        most[s][mask] = Math.max(most[s][mask], worth[others | lowest] + most[s][rest ^ others]);
                    }
                }
            }
        }
        return most;
    }
}
