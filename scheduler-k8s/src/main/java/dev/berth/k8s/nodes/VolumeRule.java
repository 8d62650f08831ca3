package dev.berth.k8s.nodes;

import dev.berth.k8s.objects.NodeObject;
import dev.berth.k8s.objects.PodSpec.NodeTerm;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a volume demands of the node of its pod. A value. */
sealed interface VolumeRule {
    /** Why a node will not do, or null. */
    @Nullable
    String refusal(NodeObject node);

    /**
     * One of the terms holds of the node: the node affinity of a volume, or the topologies in which it may be made.
     *
     * @param claim whose volume it is
     */
    record Terms(String claim, List<NodeTerm> terms) implements VolumeRule {
        /** Copies the list. */
        public Terms {
            terms = List.copyOf(terms);
        }

        @Override
        public @Nullable String refusal(NodeObject node) {
            return Selectors.any(terms, node) ? null : "the volume of claim " + claim + " cannot be reached from there";
        }
    }

    /**
     * The node is in one of the zones (or regions) that the volume's label names. A node that is in none at all will do.
     *
     * @param claim whose volume it is
     * @param label one of {@link Volumes#ZONES}
     */
    record Zone(String claim, String label, Set<String> values) implements VolumeRule {
        /** Copies the set. */
        public Zone {
            values = Set.copyOf(values);
        }

        @Override
        public @Nullable String refusal(NodeObject node) {
            if (Volumes.ZONES.stream().noneMatch(node.labels()::containsKey)) {
                return null;
            }
            String value = node.labels().get(label);
            if (value == null) {
                value = node.labels().get(Volumes.otherName(label));
            }
            return value != null && values.contains(value)
                    ? null
                    : "the volume of claim " + claim + " is in another zone";
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
