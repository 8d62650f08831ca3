package dev.berth.placement;

import dev.berth.cluster.MigGeometry;

/**
 * Expected fill of a GPU in MIG mode by its occupancy: {@link DeviceTable}'s recursion with MIG profiles for sizes. An
 * instance is worth its share of the memory slices in milli-GPU, and stands where {@link MigGeometry#bestStart} puts it.
 *
 * <p>Immutable.
 */
final class MigTable {
    private final double[] fill;

    private MigTable(double[] fill) {
        this.fill = fill;
    }

    /**
     * The table of a geometry. O(patience * occupancies * profiles).
     *
     * @param shares share of each profile among the arrivals that the geometry can take
     */
    static MigTable of(MigGeometry geometry, double[] shares, int patience) {
        double[] h = new double[MigGeometry.OCCUPANCIES];
        double[] next = new double[h.length];
        for (int k = 0; k < patience; k++) {
            for (int occupancy = 0; occupancy < h.length; occupancy++) {
                double sum = h[occupancy];
                for (int p = 0; p < shares.length; p++) {
                    int start = shares[p] > 0 ? geometry.bestStart(p, occupancy) : -1;
                    if (start >= 0) {
                        double rest = h[occupancy | geometry.occupancyOf(p, start)];
                        sum += shares[p] * Math.max(0, milli(geometry, p) + rest - h[occupancy]);
                    }
                }
                next[occupancy] = sum;
            }
            double[] done = h;
            h = next;
            next = done;
        }
        return new MigTable(h);
    }

    /** What an instance of a profile counts, in milli-GPU: its share of the memory slices. */
    static int milli(MigGeometry geometry, int profile) {
        return 1000 * geometry.sizeSlices(profile) / geometry.slices();
    }

    /** Expected fill in milli-GPU. */
    double fill(int occupancy) {
        return fill[occupancy];
    }
}
