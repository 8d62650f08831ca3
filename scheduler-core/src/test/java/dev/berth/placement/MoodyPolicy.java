package dev.berth.placement;

/**
 * Likes nodes that are fairly free more or less from one arrival to the next, as a price does, and says so of those alone that are
 * fairly free at that moment: a node that has just filled up, and is about to become what it was, is not among them.
 */
final class MoodyPolicy implements Policy {
    private static final int MOODS = 3;
    private static final int ARRIVALS_PER_MOOD = 4;

    @Override
    public String name() {
        return "moody";
    }

    @Override
    public NodeScorer scorer(View view) {
        return new Scorer();
    }

    private static final class Scorer implements NodeScorer {
        private int arrivals;

        private static boolean fairlyFree(View view, int node) {
            return 4 * view.cpuFreeMilli(node) > 3L * view.cluster().cpuMilli(node);
        }

        @Override
        public int key(View view, int node, Demand demand) {
            int mood = arrivals / ARRIVALS_PER_MOOD % MOODS;
            return fairlyFree(view, node) ? mood + node % 2 : 1 + view.freeGpuMilli(node) / 1000;
        }

        @Override
        public void arrived(View view, Demand demand, Stale stale) {
            if (++arrivals % ARRIVALS_PER_MOOD == 0) {
                stale.keys();
                for (int node = 0; node < view.cluster().nodeCount(); node++) {
                    if (fairlyFree(view, node)) {
                        stale.node(node);
                    }
                }
            }
        }
    }
}
