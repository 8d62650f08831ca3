package dev.berth.cluster;

import java.util.Arrays;

/** Finds the islands in a link matrix. */
final class Islands {
    private Islands() {}

    /**
     * Cuts the GPUs into sets in which every pair is joined: the largest set first, among equally large ones that with the
     * most bandwidth, then the smallest as a number; and so on with the rest. Sorted by the lowest GPU. O(2^GPUs) for each
     * island with more than one GPU.
     */
    static int[] find(GpuLinks links) {
        int gpus = links.gpuCount();
        int[] joined = new int[gpus];
        for (int a = 0; a < gpus; a++) {
            for (int b = 0; b < gpus; b++) {
                if (a != b && links.isJoined(a, b)) {
                    joined[a] |= 1 << b;
                }
            }
        }
        int[] islands = new int[gpus];
        int count = 0;
        int rest = (1 << gpus) - 1;
        while (rest != 0) {
            int island = largest(links, joined, rest);
            islands[count++] = island;
            rest &= ~island;
        }
        int[] sorted = Arrays.copyOf(islands, count);
        // Islands are disjoint, so that the order of their lowest bits is that of their lowest GPUs.
        for (int i = 1; i < count; i++) {
            for (int j = i; j > 0 && Integer.lowestOneBit(sorted[j]) < Integer.lowestOneBit(sorted[j - 1]); j--) {
                int swap = sorted[j];
                sorted[j] = sorted[j - 1];
                sorted[j - 1] = swap;
            }
        }
        return sorted;
    }

    private static int largest(GpuLinks links, int[] joined, int rest) {
        int all = 0;
        for (int gpu = 0; gpu < joined.length; gpu++) {
            if ((rest >>> gpu & 1) != 0 && (joined[gpu] & rest) != 0) {
                all |= 1 << gpu;
            }
        }
        if (all == 0) {
            return Integer.lowestOneBit(rest);
        }
        int best = 0;
        int bestSize = 0;
        int bestBandwidth = 0;
        for (int mask = all; mask != 0; mask = (mask - 1) & all) {
            int size = Integer.bitCount(mask);
            if (size >= bestSize && isClique(joined, mask)) {
                int bandwidth = bandwidth(links, mask);
                if (size > bestSize || bandwidth >= bestBandwidth) {
                    best = mask;
                    bestSize = size;
                    bestBandwidth = bandwidth;
                }
            }
        }
        return best;
    }

    private static boolean isClique(int[] joined, int mask) {
        for (int rest = mask; rest != 0; rest &= rest - 1) {
            int gpu = Integer.numberOfTrailingZeros(rest);
            if ((mask & ~(1 << gpu) & ~joined[gpu]) != 0) {
                return false;
            }
        }
        return true;
    }

    private static int bandwidth(GpuLinks links, int mask) {
        int sum = 0;
        for (int a = 0; a < links.gpuCount(); a++) {
            for (int b = a + 1; b < links.gpuCount(); b++) {
                if ((mask >>> a & 1) != 0 && (mask >>> b & 1) != 0) {
                    sum += links.gigabytesPerSecond(a, b);
                }
            }
        }
        return sum;
    }
}
