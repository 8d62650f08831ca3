package dev.berth.placement;

import dev.berth.cluster.Cluster;

/** What one task asks of the GPUs of one node. */
public sealed interface GpuDemand {
    /** No GPU. */
    GpuDemand NONE = new None();

    /** A task that needs no GPU. */
    record None() implements GpuDemand {}

    /**
     * Whole GPUs of one node.
     *
     * @param count 1 to {@value dev.berth.cluster.Cluster#MAX_GPUS_PER_NODE}
     */
    record Whole(int count) implements GpuDemand {
        /** Checks the range. */
        public Whole {
            if (count < 1 || count > Cluster.MAX_GPUS_PER_NODE) {
                throw new IllegalArgumentException("gpus is " + count + ", allowed: 1 to " + Cluster.MAX_GPUS_PER_NODE
                        + " (leave it out for a task without GPUs)");
            }
        }
    }

    /**
     * A share of one GPU.
     *
     * @param milli 1 to 999 thousandths of the GPU; a whole GPU is {@link Whole}
     */
    record Share(int milli) implements GpuDemand {
        /** Checks the range. */
        public Share {
            if (milli < 1 || milli > 999) {
                throw new IllegalArgumentException(
                        "gpuMilli is " + milli + ", allowed: 1 to 999 (a whole GPU is asked for as gpus: 1)");
            }
        }
    }

    /**
     * One instance of a MIG profile.
     *
     * @param profile name as nvidia-smi prints it, such as {@code 3g.40gb}
     */
    record Mig(String profile) implements GpuDemand {}
}
