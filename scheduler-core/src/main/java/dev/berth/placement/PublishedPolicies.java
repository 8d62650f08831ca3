package dev.berth.placement;

/**
 * The baselines of the FGD paper (Weng et al., USENIX ATC 2023), as its artefact scores them: an integer 0 to 100 for each
 * node, larger is better there, ties to a fixed random order of the nodes. Keys are better when smaller, so they are 100 less
 * the score. CPU and GPU are normalised by 128 cores and 8 GPUs, as published, whatever the node.
 *
 * <p>The artefact knows no MIG: a task that asks for a profile counts as one that holds no milli-GPU, and GPU packing and
 * GPU clustering leave it to the fixed order, as they do with tasks without GPUs.
 */
final class PublishedPolicies {
    private static final double CPU_MILLI = 128_000;
    private static final double GPU_MILLI = 8_000;

    private PublishedPolicies() {}

    /** First fit: all nodes are equal, so the fixed order decides. */
    static int firstFit(View view, int node, Demand demand) {
        return 0;
    }

    /** Best fit: what is left, {@code int(100 * (1 - (cpu left / 128 cores + gpu left / 8 GPUs) / 2))}. */
    static int bestFit(View view, int node, Demand demand) {
        double cpu = (view.cpuFreeMilli(node) - demand.cpuMilli()) / CPU_MILLI;
        double gpu = (view.freeGpuMilli(node) - demand.gpuMilli()) / GPU_MILLI;
        return 100 - (int) (100 * (1 - (0.5 * cpu + 0.5 * gpu)));
    }

    /** Dot product of what is free and what is asked, smaller is better: {@code int(100 * (1 - dot / 2))}. */
    static int dotProduct(View view, int node, Demand demand) {
        double cpu = (double) view.cpuFreeMilli(node) * demand.cpuMilli() / (CPU_MILLI * CPU_MILLI);
        double gpu = (double) view.freeGpuMilli(node) * demand.gpuMilli() / (GPU_MILLI * GPU_MILLI);
        return 100 - (int) (100 * (1 - (cpu + gpu) / 2));
    }

    /** GPU packing: GPUs in use before free GPUs on nodes in use, and those before nodes without GPU work. */
    static int gpuPacking(View view, int node, Demand demand) {
        if (demand.gpuMilli() == 0) {
            return 100;
        }
        int gpus = Integer.bitCount(view.cluster().plainGpuMask(node));
        int free = Integer.bitCount(view.freeGpuMask(node));
        if (free == gpus) {
            return 100 - Math.max(33 - gpus, gpus);
        }
        if (demand.wholeGpus() > 0) {
            return 100 - Math.max(50 - demand.wholeGpus(), 33);
        }
        int left = view.gpuFreeMilli(node, view.tightestGpu(node, demand.shareMilli()));
        return 100 - (left == 1000 ? Math.max(50 - 1, 33) : Math.max(100 - left / 10 / 10, 50));
    }

    /**
     * GPU clustering: nodes with tasks of the same kind alone (75), then mixed nodes with that kind (50), nodes without GPU
     * work (25), others; within those, fuller nodes first (up to 25). The kinds are shares, 1, 2, 4 and 8 whole GPUs, and any
     * other number of whole GPUs.
     */
    static int gpuClustering(View view, int node, Demand demand) {
        if (demand.gpuMilli() == 0) {
            return 100;
        }
        int all = view.gpuClaims(node);
        int same = view.claims(node, kind(demand));
        int score;
        if (all == 0) {
            score = 25;
        } else if (same == 0) {
            score = 0;
        } else {
            score = same == all ? 75 : 50;
        }
        return 100 - (score + 25 * (8000 - view.freeGpuMilli(node)) / 8000);
    }

    private static int kind(Demand demand) {
        return switch (demand.wholeGpus()) {
            case 0 -> 0;
            case 1 -> 1;
            case 2 -> 2;
            case 4 -> 3;
            case 8 -> 4;
            default -> 5;
        };
    }

    /**
     * A policy whose key depends on nothing but node and task.
     *
     * @param name its name
     * @param scorer has no state, so that all planners can share it
     */
    record Stateless(String name, NodeScorer scorer) implements Policy {
        @Override
        public NodeScorer scorer(View view) {
            return scorer;
        }
    }
}
