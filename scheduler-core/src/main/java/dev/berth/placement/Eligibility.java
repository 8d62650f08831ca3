package dev.berth.placement;

import dev.berth.cluster.Cluster;
import java.util.Map;

/** What a node must have for a demand whatever is free on it: model, GPU memory, labels, names of resources. */
final class Eligibility {
    private Eligibility() {}

    /** Whether a node could ever take the demand. */
    static boolean eligible(Cluster cluster, int node, Demand demand) {
        return demand.unknownCounted().isEmpty()
                && modelWillDo(cluster, node, demand)
                && memoryWillDo(cluster, node, demand)
                && labelled(cluster, node, demand);
    }

    static boolean modelWillDo(Cluster cluster, int node, Demand demand) {
        return demand.cpuOnly() || cluster.gpuModelId(node) >= 0 && demand.allowsModel(cluster.gpuModelId(node));
    }

    static boolean memoryWillDo(Cluster cluster, int node, Demand demand) {
        return cluster.gpuMemoryMib(node) >= demand.request().minGpuMemoryMib();
    }

    static boolean labelled(Cluster cluster, int node, Demand demand) {
        if (demand.request().labels().isEmpty()) {
            return true;
        }
        Map<String, String> labels = cluster.labels(node);
        for (Map.Entry<String, String> wanted : demand.request().labels().entrySet()) {
            if (!wanted.getValue().equals(labels.get(wanted.getKey()))) {
                return false;
            }
        }
        return true;
    }
}
