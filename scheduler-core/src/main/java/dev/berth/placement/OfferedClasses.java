package dev.berth.placement;

import java.util.Arrays;

/**
 * The classes of tasks that one kind of GPU is offered, with their shares of all arrivals with GPUs. The shares of one kind
 * need not add up to 1: what other kinds take is an offer that passes by.
 *
 * <p>Immutable; compared by content, so that kinds with the same offers share their tables.
 */
final class OfferedClasses {
    private final int[] gpuMilli;
    private final int[] cpuMilli;
    private final double[] share;

    private OfferedClasses(int[] gpuMilli, int[] cpuMilli, double[] share) {
        this.gpuMilli = gpuMilli;
        this.cpuMilli = cpuMilli;
        this.share = share;
    }

    int size() {
        return share.length;
    }

    /** GPU demand of a class on one node in milli-GPU. */
    int gpuMilli(int m) {
        return gpuMilli[m];
    }

    /** CPU demand of a class in 1/1000 of a core. */
    int cpuMilli(int m) {
        return cpuMilli[m];
    }

    /** Share of a class among all arrivals with GPUs. */
    double share(int m) {
        return share[m];
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof OfferedClasses that
                && Arrays.equals(gpuMilli, that.gpuMilli)
                && Arrays.equals(cpuMilli, that.cpuMilli)
                && Arrays.equals(share, that.share);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * Arrays.hashCode(gpuMilli) + Arrays.hashCode(cpuMilli)) + Arrays.hashCode(share);
    }

    /** Collects classes. */
    static final class Builder {
        private int size;
        private int[] gpuMilli = new int[16];
        private int[] cpuMilli = new int[16];
        private double[] share = new double[16];

        Builder add(int gpu, int cpu, double p) {
            if (size == share.length) {
                gpuMilli = Arrays.copyOf(gpuMilli, 2 * size);
                cpuMilli = Arrays.copyOf(cpuMilli, 2 * size);
                share = Arrays.copyOf(share, 2 * size);
            }
            gpuMilli[size] = gpu;
            cpuMilli[size] = cpu;
            share[size] = p;
            size++;
            return this;
        }

        OfferedClasses build() {
            return new OfferedClasses(
                    Arrays.copyOf(gpuMilli, size), Arrays.copyOf(cpuMilli, size), Arrays.copyOf(share, size));
        }
    }
}
