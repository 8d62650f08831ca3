package dev.berth.k8s.engine;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a pod that is being created. Immutable.
 *
 * @param nodeName the node that it is pinned to, null for one that waits at the gate
 * @param annotations what it carries of its place
 * @param outdated names of annotations that it carries and that speak of another place
 * @param wasPinned whether an earlier answer to the same creation has pinned it; without a node that is to be undone
 */
public record Admitted(
        @Nullable String nodeName, Map<String, String> annotations, Set<String> outdated, boolean wasPinned) {
    /** It waits at the gate, and nothing was said of it before. */
    public static final Admitted GATE = new Admitted(null, Map.of(), Set.of(), false);

    /** Copies the collections. */
    public Admitted {
        annotations = Map.copyOf(annotations);
        outdated = Set.copyOf(outdated);
    }
}
