package dev.berth.placement;

import dev.berth.cluster.Cluster;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Fragmentation gradient descent (FGD): a task goes where {@link Fragmentation} grows least. As published by Weng et al.
 * (USENIX ATC 2023) and run in the authors' artefact, the descent is turned into an integer score 0 to 100, which makes
 * near-equal nodes equal and leaves the choice among them to the fixed order.
 *
 * <p>The workload by which fragmentation is measured is either given, or learnt from the arrivals: until the first
 * {@value ArrivalCounts#WARM_UP} it then places first-fit with the tightest GPU. Immutable, hence thread-safe.
 */
public final class FragmentationGradientPolicy implements Policy {
    private final @Nullable TypicalWorkload typical;

    private FragmentationGradientPolicy(@Nullable TypicalWorkload typical) {
        this.typical = typical;
    }

    /** With a workload that is known beforehand and stays. */
    public static FragmentationGradientPolicy of(TypicalWorkload typical) {
        return new FragmentationGradientPolicy(Objects.requireNonNull(typical));
    }

    /** With the workload learnt from what arrives. */
    public static FragmentationGradientPolicy learning() {
        return new FragmentationGradientPolicy(null);
    }

    @Override
    public String name() {
        return "fgd";
    }

    @Override
    public NodeScorer scorer(View view) {
        return new Scorer(view, typical);
    }

    @Override
    public String toString() {
        return "fgd[" + (typical == null ? "learning" : typical) + "]";
    }

    /**
     * The artefact's score of a descent in milli-GPU: {@code int(100 * sigmoid(descent / 1000))}. Turned over, because keys
     * are better when smaller.
     */
    static int keyOf(double descentMilli) {
        return 100 - (int) (100 / (1 + Math.exp(-descentMilli / 1000)));
    }

    private static final class Scorer implements NodeScorer {
        private final Cluster cluster;
        private final @Nullable ArrivalCounts counts;
        /** Of each node, its fragmentation as it stands. */
        private final double[] before;

        private @Nullable Fragmentation fragmentation;

        Scorer(View view, @Nullable TypicalWorkload typical) {
            cluster = view.cluster();
            before = new double[cluster.nodeCount()];
            counts = typical == null ? new ArrivalCounts() : null;
            fragmentation = typical == null ? null : Fragmentation.of(cluster, typical);
        }

        @Override
        public void nodeChanged(View view, int node) {
            if (fragmentation != null) {
                before[node] = fragmentation.ofNode(view, node);
            }
        }

        @Override
        public int key(View view, int node, Demand demand) {
            Fragmentation now = fragmentation;
            if (now == null) {
                return 0;
            }
            int milli = demand.shareMilli();
            if (milli > 0) {
                double shares = now.sharesAfter(view, node, view.cpuFreeMilli(node) - demand.cpuMilli());
                double least = Double.POSITIVE_INFINITY;
                int last = -1;
                for (int mask = cluster.plainGpuMask(node); mask != 0; mask &= mask - 1) {
                    int left = view.gpuFreeMilli(node, Integer.numberOfTrailingZeros(mask));
                    if (left >= milli && left != last) { // neighbours are often equal, above all free ones
                        least = Math.min(least, afterShare(now, view, node, demand, shares, left));
                        last = left;
                    }
                }
                return keyOf(before[node] - least);
            }
            int idle = view.freeGpuMilli(node) - 1000 * demand.wholeGpus();
            long cpuFreeMilli = view.cpuFreeMilli(node) - demand.cpuMilli();
            return keyOf(before[node] - now.ofNode(view, node, cpuFreeMilli, demand.wholeGpus(), idle));
        }

        @Override
        public int gpuForShare(View view, int node, Demand demand) {
            Fragmentation now = fragmentation;
            int milli = demand.shareMilli();
            if (now == null) {
                return view.sparingIslands(node, view.tightestGpu(node, milli));
            }
            double shares = now.sharesAfter(view, node, view.cpuFreeMilli(node) - demand.cpuMilli());
            int best = -1;
            int bestKey = Integer.MAX_VALUE;
            for (int mask = cluster.plainGpuMask(node); mask != 0; mask &= mask - 1) {
                int gpu = Integer.numberOfTrailingZeros(mask);
                int left = view.gpuFreeMilli(node, gpu);
                if (left < milli) {
                    continue;
                }
                int key = keyOf(before[node] - afterShare(now, view, node, demand, shares, left));
                if (key < bestKey) {
                    bestKey = key;
                    best = gpu;
                }
            }
            return view.sparingIslands(node, best);
        }

        private static double afterShare(
                Fragmentation now, View view, int node, Demand demand, double shares, int left) {
            long cpuFreeMilli = view.cpuFreeMilli(node) - demand.cpuMilli();
            return now.ofNodeAfterShare(view, node, cpuFreeMilli, shares, left, demand.shareMilli());
        }

        @Override
        public void arrived(View view, Demand demand, Stale stale) {
            if (counts != null) {
                counts.arrived(demand);
            }
        }

        @Override
        public @Nullable Rebuild rebuildDue() {
            if (counts == null || !counts.rebuildDue()) {
                return null;
            }
            ArrivalCounts.Snapshot snapshot = counts.snapshot();
            return () -> Fragmentation.of(cluster, snapshot.typical());
        }

        @Override
        public void install(View view, Object tables) {
            fragmentation = (Fragmentation) tables;
            for (int node = 0; node < before.length; node++) {
                nodeChanged(view, node);
            }
        }
    }
}
