package dev.berth.k8s.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Why a pod stands where it stands, or why it does not yet, and what would help. Immutable.
 *
 * @param namespace namespace of the pod
 * @param name its name
 * @param state {@code waiting}, {@code reserved}, {@code releasing}, {@code released}, {@code binding}, {@code bound}, {@code not ours}
 * @param nodeName its node, planned or bound, or null
 * @param gpus indices of its GPUs as they are accounted, ascending
 * @param gpusKnown whether they were read back from the node; else the device plugin may have chosen others
 * @param gang its gang, {@code namespace/name}, or null
 * @param rank its rank in the gang, -1 without
 * @param tier the lowest tier that holds its gang, or null
 * @param sentence what to say in one sentence
 * @param reasons per resource what was asked, what the best node has, and what is missing
 * @param wouldHelp changes that would place it, those that give up least first
 */
public record Explanation(
        String namespace,
        String name,
        String state,
        @Nullable String nodeName,
        List<Integer> gpus,
        boolean gpusKnown,
        @Nullable String gang,
        int rank,
        @Nullable String tier,
        String sentence,
        List<String> reasons,
        List<String> wouldHelp) {
    /** Copies the lists. */
    public Explanation {
        gpus = List.copyOf(gpus);
        reasons = List.copyOf(reasons);
        wouldHelp = List.copyOf(wouldHelp);
    }
}
