package dev.berth.k8s.pods;

import dev.berth.cluster.Cluster;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Memory of the GPUs of one cluster. Immutable; make a new one for a new cluster. */
public final class ClusterGpuSizes implements GpuSizes {
    private final Map<String, NavigableSet<Integer>> sizesByModel = new TreeMap<>();
    private final NavigableSet<Integer> sizes = new TreeSet<>();

    /** Looks at every node. Nodes whose GPU memory is not known are passed over. */
    public ClusterGpuSizes(Cluster cluster) {
        for (int node = 0; node < cluster.nodeCount(); node++) {
            int model = cluster.gpuModelId(node);
            int mib = cluster.gpuMemoryMib(node);
            if (model >= 0 && mib > 0) {
                sizes.add(mib);
                sizesByModel
                        .computeIfAbsent(cluster.gpuModels().get(model), name -> new TreeSet<>())
                        .add(mib);
            }
        }
    }

    @Override
    public int smallest(Set<String> models, int leastMib) {
        if (models.isEmpty()) {
            return atLeast(sizes, leastMib);
        }
        int smallest = 0;
        for (String model : models) {
            NavigableSet<Integer> ofModel = sizesByModel.get(model);
            int mib = ofModel == null ? 0 : atLeast(ofModel, leastMib);
            smallest = mib > 0 && (smallest == 0 || mib < smallest) ? mib : smallest;
        }
        return smallest;
    }

    private static int atLeast(NavigableSet<Integer> sizes, int mib) {
        Integer size = sizes.ceiling(mib);
        return size == null ? 0 : size;
    }
}
