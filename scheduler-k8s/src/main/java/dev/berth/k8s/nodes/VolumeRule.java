package dev.berth.k8s.nodes;

import dev.berth.k8s.objects.NodeObject;
import dev.berth.k8s.objects.PodSpec.NodeTerm;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a volume demands of the node of its pod. A value; it does not name the volume, so that pods with like volumes have equal rules. */
sealed interface VolumeRule {
    /** Why a node will not do, or null. */
    @Nullable
    String refusal(NodeObject node);

    /** A volume that is there: one of the terms of its node affinity holds. */
    record Terms(List<NodeTerm> terms) implements VolumeRule {
        @Override
        public @Nullable String refusal(NodeObject node) {
            return Selectors.any(terms, node)
                    ? null
                    : "one of its volumes cannot be reached from there (node affinity)";
        }
    }

    /**
     * A volume that is there: the node is in one of the zones (or regions) that its label names. A node that is in none at all will do.
     *
     * @param label one of {@link Volumes#ZONES}
     */
    record Zone(String label, Set<String> values) implements VolumeRule {
        @Override
        public @Nullable String refusal(NodeObject node) {
            if (Volumes.ZONES.stream().noneMatch(node.labels()::containsKey)) {
                return null;
            }
            String value = node.labels().get(label);
            if (value == null) {
                value = node.labels().get(Volumes.otherName(label));
            }
            return value != null && values.contains(value) ? null : "one of its volumes is in another zone";
        }
    }

    /**
     * A volume that is chosen or made when the pod has a node.
     *
     * @param ready node affinities of the volumes that would do; an empty list means any node
     * @param provisioned whether one can be made
     * @param topologies where: one of these must hold; empty means anywhere
     */
    record Later(Set<List<NodeTerm>> ready, boolean provisioned, List<NodeTerm> topologies) implements VolumeRule {
        @Override
        public @Nullable String refusal(NodeObject node) {
            for (List<NodeTerm> terms : ready) {
                if (terms.isEmpty() || Selectors.any(terms, node)) {
                    return null;
                }
            }
            if (!provisioned) {
                return "no volume is there for one of its claims, and none can be made";
            }
            return topologies.isEmpty() || Selectors.any(topologies, node)
                    ? null
                    : "one of its volumes cannot be made there (allowed topologies)";
        }
    }

    /** A volume that is being made for one node. */
    record Selected(String nodeName) implements VolumeRule {
        @Override
        public @Nullable String refusal(NodeObject node) {
            return node.name().equals(nodeName) ? null : "one of its volumes is being made for node " + nodeName;
        }
    }

    /**
     * No node will do.
     *
     * @param why in the words that {@code why} uses
     */
    record Never(String why) implements VolumeRule {
        @Override
        public String refusal(NodeObject node) {
            return why;
        }
    }
}
