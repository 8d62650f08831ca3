package dev.berth.k8s.objects;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A HyperNode of Volcano: a switch, or what stands for one. Immutable.
 *
 * @param name its name, unique in the cluster
 * @param tier how far it is from the nodes, 1 for the nearest
 * @param tierName what the tier is called, empty for nothing
 * @param members what hangs on it
 */
public record HyperNodeObject(String name, int tier, String tierName, List<Member> members) {
    /** Copies the list. */
    public HyperNodeObject {
        members = List.copyOf(members);
    }

    /**
     * What hangs on it: nodes or other HyperNodes, by one of three selectors.
     *
     * @param isNode whether nodes are meant, else HyperNodes
     * @param name the name, or null
     * @param pattern a regular expression that is found in the name, or null
     * @param labels expressions over labels, all of which hold; null when it does not select by labels
     */
    public record Member(
            boolean isNode,
            @Nullable String name,
            @Nullable String pattern,
            @Nullable List<PodSpec.Expression> labels) {
        /** Copies the list. */
        public Member {
            labels = labels == null ? null : List.copyOf(labels);
        }
    }
}
