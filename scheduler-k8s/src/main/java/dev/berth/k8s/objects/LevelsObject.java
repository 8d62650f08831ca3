package dev.berth.k8s.objects;

import java.util.List;

/**
 * An object that says by which labels nodes are ordered into domains: Topology of Kueue or of KAI, ClusterNetworkTopology of Koordinator.
 * Immutable.
 *
 * @param kind whose: {@code kueue}, {@code kai} or {@code koordinator}
 * @param name its name, unique among those of a kind
 * @param levels the widest domains first
 */
public record LevelsObject(String kind, String name, List<Level> levels) {
    /** Copies the list. */
    public LevelsObject {
        levels = List.copyOf(levels);
    }

    /**
     * One level.
     *
     * @param labels keys of labels, of which a node has one
     * @param alias what else pods may call the level, empty for nothing
     */
    public record Level(List<String> labels, String alias) {
        /** Copies the list. */
        public Level {
            labels = List.copyOf(labels);
        }
    }
}
