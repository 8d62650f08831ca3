package dev.berth.placement;

/**
 * Expected fill of what is left of one GPU: the milli-GPU that will stand on a remainder when the next {@code patience}
 * typical tasks with GPUs are offered to it and it takes those that are worth taking. Flat steps show what is lost: in the
 * openb workload 810 milli are worth hardly more than 650.
 *
 * <p>The recursion is over remainders in units of {@value #UNIT_MILLI} milli:
 * {@code h'[r] = h[r] + sum over classes m with s <= r of q * max(0, 10 s + h[r - s] - h[r])}, repeated patience times from
 * h = 0; s is the class's demand on one GPU, rounded up to units, and 100 for whole GPUs.
 *
 * <p>Immutable.
 */
final class DeviceTable {
    /** Milli-GPU per step of the table. */
    static final int UNIT_MILLI = 10;

    private static final int UNITS = 1000 / UNIT_MILLI;

    private final double[] fill;

    private DeviceTable(double[] fill) {
        this.fill = fill;
    }

    /** The table for classes that a GPU takes. O(patience * 100 * distinct sizes). */
    static DeviceTable of(OfferedClasses classes, int patience) {
        double[] share = new double[UNITS + 1];
        for (int m = 0; m < classes.size(); m++) {
            int perGpu = Math.min(1000, classes.gpuMilli(m));
            share[(perGpu + UNIT_MILLI - 1) / UNIT_MILLI] += classes.share(m);
        }
        double[] h = new double[UNITS + 1];
        double[] next = new double[UNITS + 1];
        for (int k = 0; k < patience; k++) {
            for (int r = 0; r <= UNITS; r++) {
                double sum = h[r];
                for (int s = 1; s <= r; s++) {
                    if (share[s] > 0) {
                        sum += share[s] * Math.max(0, UNIT_MILLI * s + h[r - s] - h[r]);
                    }
                }
                next[r] = sum;
            }
            double[] done = h;
            h = next;
            next = done;
        }
        return new DeviceTable(h);
    }

    /** Expected fill in milli-GPU of a remainder of 0 to 1000 milli. */
    double fill(int freeMilli) {
        return fill[freeMilli / UNIT_MILLI];
    }
}
