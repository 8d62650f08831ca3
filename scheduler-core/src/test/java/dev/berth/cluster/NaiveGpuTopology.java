package dev.berth.cluster;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What {@link GpuTopology} promises, by definition: all sets are enumerated, nothing is looked up. */
final class NaiveGpuTopology {
    private final GpuTopology topology;
    private final Map<List<Integer>, int[]> handedOut = new HashMap<>();

    NaiveGpuTopology(GpuTopology topology) {
        this.topology = topology;
    }

    int bandwidth(int mask) {
        return worth(mask)[0];
    }

    /** The best k of the free GPUs; of equal ones the smallest number. */
    int best(int free, int k) {
        int best = 0;
        int[] bestValue = {};
        for (int mask = 0; mask <= free; mask++) {
            if ((mask & ~free) == 0 && Integer.bitCount(mask) == k) {
                int[] value = value(mask, free & ~mask);
                if (bestValue.length == 0 || Arrays.compare(value, bestValue) > 0) {
                    best = mask;
                    bestValue = value;
                }
            }
        }
        return best;
    }

    private int[] value(int mask, int left) {
        int whole = 0;
        for (int island : islands()) {
            whole += (island & left) == island ? Integer.bitCount(island) : 0;
        }
        int[] worth = worth(mask);
        int[] eights = handedOut(left, 8);
        int[] fours = handedOut(left, 4);
        int[] twos = handedOut(left, 2);
        return new int[] {worth[0], worth[1], whole, eights[0], eights[1], fours[0], fours[1], twos[0], twos[1]};
    }

    /** Bandwidth and pairs in one NUMA node. */
    private int[] worth(int mask) {
        int bandwidth = 0;
        int sameNuma = 0;
        for (int a = 0; a < topology.gpuCount(); a++) {
            for (int b = 0; b < a; b++) {
                if ((mask >> a & mask >> b & 1) == 1) {
                    bandwidth += topology.linkGigabytesPerSecond(a, b);
                    sameNuma += topology.numaOf(a) != -1 && topology.numaOf(a) == topology.numaOf(b) ? 1 : 0;
                }
            }
        }
        return new int[] {bandwidth, sameNuma};
    }

    private int[] handedOut(int left, int size) {
        int[] known = handedOut.get(List.of(left, size));
        if (known != null) {
            return known;
        }
        int[] most = {0, 0};
        for (int mask = 0; mask <= left; mask++) {
            if ((mask & ~left) == 0 && Integer.bitCount(mask) == size) {
                int[] here = worth(mask);
                int[] rest = handedOut(left & ~mask, size);
                int[] sum = {here[0] + rest[0], here[1] + rest[1]};
                if (Arrays.compare(sum, most) > 0) {
                    most = sum;
                }
            }
        }
        handedOut.put(List.of(left, size), most);
        return most;
    }

    /** Largest cliques first, then the most bandwidth, then the smallest number; sorted by the lowest GPU. */
    List<Integer> islands() {
        List<Integer> islands = new ArrayList<>();
        int rest = (1 << topology.gpuCount()) - 1;
        while (rest != 0) {
            int best = 0;
            for (int mask = 1; mask <= rest; mask++) {
                if ((mask & ~rest) == 0 && isClique(mask) && (best == 0 || isLarger(mask, best))) {
                    best = mask;
                }
            }
            islands.add(best);
            rest &= ~best;
        }
        islands.sort((left, right) -> Integer.numberOfTrailingZeros(left) - Integer.numberOfTrailingZeros(right));
        return islands;
    }

    private boolean isLarger(int mask, int than) {
        int[] left = {Integer.bitCount(mask), bandwidth(mask)};
        int[] right = {Integer.bitCount(than), bandwidth(than)};
        return Integer.bitCount(mask) > 1 && Arrays.compare(left, right) > 0;
    }

    private boolean isClique(int mask) {
        for (int a = 0; a < topology.gpuCount(); a++) {
            for (int b = 0; b < a; b++) {
                if ((mask >> a & mask >> b & 1) == 1 && !topology.linkKind(a, b).joinsIslands()) {
                    return false;
                }
            }
        }
        return true;
    }
}
