package dev.berth.k8s.nodes;

import dev.berth.cluster.Cluster;
import java.util.List;
import java.util.Map;

/**
 * The cluster as it was read. Immutable.
 *
 * @param cluster all nodes that could be read
 * @param tierOfLabel name of the tier of {@link Cluster#topology()} that stands for a label of nodes, for gangs that name the label
 * @param problems nodes and fields that could not be read, and what was done about it: for people, one sentence each
 * @param notes where the topology was read from: for people, one sentence each
 */
public record ClusterModel(
        Cluster cluster, Map<String, String> tierOfLabel, List<String> problems, List<String> notes) {
    /** Copies the collections. */
    public ClusterModel {
        tierOfLabel = Map.copyOf(tierOfLabel);
        problems = List.copyOf(problems);
        notes = List.copyOf(notes);
    }

    /** Without notes. */
    public ClusterModel(Cluster cluster, Map<String, String> tierOfLabel, List<String> problems) {
        this(cluster, tierOfLabel, problems, List.of());
    }
}
