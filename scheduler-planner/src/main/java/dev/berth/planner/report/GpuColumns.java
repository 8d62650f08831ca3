package dev.berth.planner.report;

import dev.berth.cluster.GpuTopology;

/**
 * Where the GPUs of a node stand in its row: island by island with a space between, where some GPUs of the node are joined and
 * not all of them; else by number.
 */
final class GpuColumns {
    private static final int ISLAND_SPACE = 4;

    private final double[] left;
    private final int[] next;
    private final double width;

    /**
     * Columns.
     *
     * @param step pixels from one cell to the next
     */
    GpuColumns(GpuTopology links, int step) {
        int gpus = links.gpuCount();
        left = new double[gpus];
        next = new int[gpus];
        boolean apart = links.islandCount() > 1 && links.islandCount() < gpus;
        double x = 0;
        for (int island = 0; island < links.islandCount(); island++) {
            int last = -1;
            for (int mask = links.islandMask(island); mask != 0; mask &= mask - 1) {
                int gpu = Integer.numberOfTrailingZeros(mask);
                left[gpu] = x;
                next[gpu] = -1;
                if (last >= 0) {
                    next[last] = gpu;
                }
                last = gpu;
                x += step;
            }
            x += apart ? ISLAND_SPACE : 0;
        }
        width = x - (apart ? ISLAND_SPACE : 0);
        for (int gpu = 0; !apart && gpu < gpus; gpu++) {
            left[gpu] = gpu * (double) step;
            next[gpu] = gpu + 1 < gpus ? gpu + 1 : -1;
        }
    }

    /** Left edge of a GPU's cell. */
    double left(int gpu) {
        return left[gpu];
    }

    /** The GPU in the next cell of the same island, or -1. */
    int next(int gpu) {
        return next[gpu];
    }

    /** All cells with the spaces behind them. */
    double width() {
        return width;
    }
}
