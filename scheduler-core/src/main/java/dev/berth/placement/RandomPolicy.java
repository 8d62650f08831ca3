package dev.berth.placement;

import java.util.SplittableRandom;

/**
 * Any node on which the task fits, and for a share any GPU that has enough left, each with the same chance. The least that
 * a policy should beat.
 *
 * @param seed of the choice among GPUs; the choice among nodes is the planner's, by its own seed
 */
record RandomPolicy(long seed) implements Policy {
    @Override
    public String name() {
        return "random";
    }

    @Override
    public NodeScorer scorer(View view) {
        return new Scorer(seed);
    }

    private static final class Scorer implements NodeScorer {
        private final SplittableRandom random;

        Scorer(long seed) {
            random = new SplittableRandom(seed);
        }

        @Override
        public int key(View view, int node, Demand demand) {
            return 0;
        }

        @Override
        public boolean randomTies() {
            return true;
        }

        @Override
        public int gpuForShare(View view, int node, Demand demand) {
            int best = -1;
            int seen = 0;
            for (int mask = view.cluster().plainGpuMask(node); mask != 0; mask &= mask - 1) {
                int gpu = Integer.numberOfTrailingZeros(mask);
                if (view.gpuFreeMilli(node, gpu) >= demand.shareMilli()) {
                    seen++;
                    if (random.nextInt(seen) == 0) { // the n-th replaces the choice with chance 1/n

                        best = gpu;
                    }
                }
            }
            return best;
        }
    }
}
