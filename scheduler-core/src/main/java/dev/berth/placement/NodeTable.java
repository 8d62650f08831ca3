package dev.berth.placement;

import java.util.TreeMap;

/**
 * How much the free cores of a node limit what will stand on its GPUs: the expected fill of a pooled amount of GPU with a
 * number of cores beside it, by the same recursion as {@link DeviceTable} in two dimensions. Only the ratio to the fill with
 * ample cores is used, see {@link #limit}.
 *
 * <p>Rows are steps of {@value #UNIT_MILLI} milli-GPU, columns are cores 0 to {@value #LAST_CORE} (in units of several cores
 * where nodes have more). A node with more GPU waits for more offers: row g counts
 * {@code max(1, round(10 + 3 * GPUs of g))} of them.
 *
 * <p>Immutable.
 */
final class NodeTable {
    /** Milli-GPU per row. */
    static final int UNIT_MILLI = 20;
    /** Last column; more cores than that count as this many. */
    static final int LAST_CORE = 128;

    private static final int STRIDE = LAST_CORE + 1;

    private final double[] fill;
    private final int rows;
    private final int coreUnitMilli;

    private NodeTable(double[] fill, int rows, int coreUnitMilli) {
        this.fill = fill;
        this.rows = rows;
        this.coreUnitMilli = coreUnitMilli;
    }

    /**
     * The table for the classes that a kind of node takes. O(rows * offers * cores * distinct classes).
     *
     * @param gpus most GPUs of a node
     * @param coreUnitMilli what a column stands for, in 1/1000 of a core
     */
    static NodeTable of(OfferedClasses classes, int gpus, int coreUnitMilli) {
        int rows = gpus * 1000 / UNIT_MILLI + 1;
        return new NodeTable(compute(Steps.of(classes, coreUnitMilli), rows), rows, coreUnitMilli);
    }

    /** Offers that a row waits for. */
    static int patience(int row) {
        return (int) Math.max(1, Math.round(10 + 3 * (UNIT_MILLI * row / 1000.0)));
    }

    private static double[] compute(Steps steps, int rows) {
        double[][] now = new double[rows][STRIDE];
        double[][] next = new double[rows][STRIDE];
        double[] kept = new double[rows * STRIDE];
        double[] own = new double[STRIDE];
        double[] sum = new double[STRIDE];
        int offers = patience(rows - 1);
        for (int k = 1; k <= offers; k++) {
            for (int g = 0; g < rows; g++) {
                double[] from = now[g];
                double[] to = next[g];
                System.arraycopy(from, 0, to, 0, STRIDE);
                // Classes with the same cores stand together. Copying to index 0 lets the inner loop run over equal
                // indices, which is what the JIT compiler turns into vector instructions.
                for (int i = 0; i < steps.cores.length && steps.smallest[i] <= g; i++) {
                    int cores = steps.cores[i];
                    int width = STRIDE - cores;
                    System.arraycopy(from, cores, own, 0, width);
                    System.arraycopy(to, cores, sum, 0, width);
                    int[] sizes = steps.sizes[i];
                    double[] halfShares = steps.halfShares[i];
                    for (int s = 0; s < sizes.length && sizes[s] <= g; s++) {
                        offer(own, now[g - sizes[s]], sum, width, UNIT_MILLI * sizes[s], halfShares[s]);
                    }
                    System.arraycopy(sum, 0, to, cores, width);
                }
                if (patience(g) == k) {
                    System.arraycopy(to, 0, kept, g * STRIDE, STRIDE);
                }
            }
            double[][] done = now;
            now = next;
            next = done;
        }
        return kept;
    }

    /** Adds {@code 2 * halfShare * max(0, milli + rest - own)}; d + |d| is twice max(0, d) exactly, and vectorises better. */
    private static void offer(double[] own, double[] rest, double[] sum, int width, double milli, double halfShare) {
        for (int c = 0; c < width; c++) {
            double gain = milli + rest[c] - own[c];
            sum[c] += halfShare * (gain + Math.abs(gain));
        }
    }

    /**
     * Share of the expected fill that the free cores leave: {@code P(gpu, cores) / P(gpu, ample cores)}, interpolated between
     * rows; 0 where nothing is expected at all.
     *
     * @param milli worth of the node's GPUs, 0 (or less, by rounding) to 1000 a GPU
     * @param cpuFreeMilli free CPU in 1/1000 of a core
     */
    double limit(double milli, long cpuFreeMilli) {
        double x = Math.max(0, milli) / UNIT_MILLI;
        int row = Math.min((int) x, rows - 2);
        double t = x - row;
        int core = (int) Math.max(0, Math.min(LAST_CORE, cpuFreeMilli / coreUnitMilli));
        int at = row * STRIDE;
        double ample = (1 - t) * fill[at + LAST_CORE] + t * fill[at + STRIDE + LAST_CORE];
        if (ample <= 0) {
            return 0;
        }
        return ((1 - t) * fill[at + core] + t * fill[at + STRIDE + core]) / ample;
    }

    /** Expected fill of a row and a column. */
    double fill(int row, int core) {
        return fill[row * STRIDE + core];
    }

    int rows() {
        return rows;
    }

    /**
     * The classes in the units of the table, equal ones merged, grouped by cores and sorted by the smallest size in the group,
     * so that a row can stop at the first group that is too large for it.
     */
    private static final class Steps {
        final int[] cores;
        final int[] smallest;
        final int[][] sizes;
        final double[][] halfShares;

        private Steps(int groups) {
            cores = new int[groups];
            smallest = new int[groups];
            sizes = new int[groups][];
            halfShares = new double[groups][];
        }

        static Steps of(OfferedClasses classes, int coreUnitMilli) {
            TreeMap<Integer, TreeMap<Integer, Double>> byCores = new TreeMap<>();
            for (int m = 0; m < classes.size(); m++) {
                int size = (int) Math.round(classes.gpuMilli(m) / (double) UNIT_MILLI);
                long cores = (classes.cpuMilli(m) + (long) coreUnitMilli - 1) / coreUnitMilli;
                // A task below half a row adds nothing, and one with more cores than the table knows never fits.
                if (size > 0 && cores <= LAST_CORE) {
                    byCores.computeIfAbsent((int) cores, c -> new TreeMap<>())
                            .merge(size, classes.share(m), Double::sum);
                }
            }
            var groups = byCores.entrySet().stream()
                    .sorted((a, b) -> Integer.compare(
                            a.getValue().firstKey(), b.getValue().firstKey()))
                    .toList();
            Steps steps = new Steps(groups.size());
            for (int i = 0; i < groups.size(); i++) {
                TreeMap<Integer, Double> group = groups.get(i).getValue();
                steps.cores[i] = groups.get(i).getKey();
                steps.smallest[i] = group.firstKey();
                steps.sizes[i] = group.keySet().stream().mapToInt(s -> s).toArray();
                steps.halfShares[i] =
                        group.values().stream().mapToDouble(q -> q / 2).toArray();
            }
            return steps;
        }
    }
}
