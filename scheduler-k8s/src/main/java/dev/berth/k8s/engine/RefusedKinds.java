package dev.berth.k8s.engine;

import dev.berth.placement.Request;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What was refused at one version of the book: pods with an equal request on the same nodes would be, too. Touched under the engine's lock. */
final class RefusedKinds {
    private final Map<Request, List<Kind>> kinds = new HashMap<>();
    private long version = -1;

    private record Kind(@Nullable Collection<String> nodeNames, RefusalText text) {}

    /**
     * Why such a pod was refused, or null when none was at this version.
     *
     * @param nodeNames compared by identity, as {@link Reading#allowed} answers equal demands with the same object
     */
    @SuppressWarnings("ReferenceEquality")
    @Nullable
    RefusalText find(long bookVersion, Request request, @Nullable Collection<String> nodeNames) {
        if (version != bookVersion) {
            kinds.clear();
            version = bookVersion;
        }
        for (Kind kind : kinds.getOrDefault(request, List.of())) {
            if (kind.nodeNames == nodeNames) {
                return kind.text;
            }
        }
        return null;
    }

    /** Adds a refusal at the version that was last asked for. */
    void add(Request request, @Nullable Collection<String> nodeNames, RefusalText text) {
        kinds.computeIfAbsent(request, r -> new ArrayList<>()).add(new Kind(nodeNames, text));
    }
}
