package dev.berth.placement;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.GpuTopology;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * What all nodes of a gang have in common, where it asks that they do: values of the things that must be the same.
 *
 * @param model whether the GPU model and its memory are
 * @param labels labels whose values are
 * @param rails whether the rails of the GPUs are
 * @param values the values, in this order
 */
record GangKind(boolean model, SortedSet<String> labels, boolean rails, List<Object> values) {

    /** The kind of a node; null when it lacks something that must be the same. */
    static @Nullable GangKind of(Cluster cluster, int node, GangRequest request) {
        return of(cluster, node, request.sameModel(), request.sameLabels(), request.railAligned());
    }

    private static @Nullable GangKind of(
            Cluster cluster, int node, boolean model, SortedSet<String> labels, boolean rails) {
        List<Object> values = new ArrayList<>();
        if (model) {
            values.add(cluster.gpuModelId(node));
            values.add(cluster.gpuMemoryMib(node));
        }
        for (String label : labels) {
            String value = cluster.labels(node).get(label);
            if (value == null) {
                return null;
            }
            values.add(value);
        }
        if (rails) {
            GpuTopology topology = cluster.gpuTopology(node);
            for (int gpu = 0; gpu < topology.gpuCount(); gpu++) {
                if (topology.railOf(gpu) < 0) {
                    return null;
                }
                values.add(topology.railOf(gpu));
            }
        }
        return new GangKind(model, labels, rails, List.copyOf(values));
    }

    /** Whether a request asks for anything to be the same. */
    static boolean askedFor(GangRequest request) {
        return request.sameModel() || !request.sameLabels().isEmpty() || request.railAligned();
    }

    /** Whether a node is of this kind. */
    boolean has(Cluster cluster, int node) {
        return equals(of(cluster, node, model, labels, rails));
    }
}
