package dev.berth.placement;

import java.util.List;

/**
 * How much more than others a kind of GPU is wanted. The demand of every typical class is spread evenly over the GPUs that
 * the class takes; a kind's demand for its capacity, less that of the least wanted kind, is its scarcity. 0 for all kinds
 * while no class asks for particular models.
 */
final class Scarcity {
    private Scarcity() {}

    /** Scarcity by kind: {@code s(j) = sum over classes m that take j of (demand of m / demand) * (capacity / capacity for m)}, less the minimum. */
    static double[] of(TypicalWorkload workload, NodeKinds nodes) {
        List<NodeKinds.Kind> kinds = nodes.kinds();
        double[] s = new double[kinds.size()];
        double demand = 0;
        for (int m = 0; m < workload.size(); m++) {
            demand += workload.p(m) * workload.gpuMilli(m);
        }
        for (int m = 0; m < workload.size(); m++) {
            if (workload.gpuMilli(m) == 0) {
                continue;
            }
            boolean[] takes = new boolean[s.length];
            long capacity = 0;
            for (int j = 0; j < s.length; j++) {
                takes[j] = workload.allows(m, nodes.cluster(), kinds.get(j).node());
                capacity += takes[j] ? kinds.get(j).plainMilli() : 0;
            }
            for (int j = 0; j < s.length; j++) {
                if (takes[j] && capacity > 0) {
                    s[j] += workload.p(m) * workload.gpuMilli(m) / demand * ((double) nodes.plainMilli() / capacity);
                }
            }
        }
        double least = Double.POSITIVE_INFINITY;
        for (int j = 0; j < s.length; j++) {
            if (kinds.get(j).plainMilli() > 0) {
                least = Math.min(least, s[j]);
            }
        }
        for (int j = 0; j < s.length; j++) {
            s[j] = kinds.get(j).plainMilli() > 0 ? s[j] - least : 0;
        }
        return s;
    }
}
