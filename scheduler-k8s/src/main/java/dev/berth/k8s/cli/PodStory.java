package dev.berth.k8s.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a pod's own record tells of where it stands: all there is to know while Berth does not answer. Immutable.
 *
 * @param pod its name
 * @param state how far it is: {@code deleting}, {@code finished}, {@code bound}, {@code pending}, or held by a gate
 * @param nodeName the node that it is bound to, or null
 * @param plannedNode the node that Berth planned for it, or null
 * @param plannedGpus GPUs that Berth holds for it there, as they are written, or null
 * @param gang its gang as {@code berth.dev/gang} says, or null
 * @param rank the rank that Berth gave it, or null
 * @param gates gates that hold it, Berth's or others'
 * @param pinnedTo the one node that it may go to, or null
 * @param pinnedGone whether that node is not in the cluster
 * @param sentence what to say in one sentence
 * @param told what Berth and kube-scheduler have written on it: conditions, then events, the newest first
 * @param wouldHelp what to do
 */
record PodStory(
        PodName pod,
        String state,
        @Nullable String nodeName,
        @Nullable String plannedNode,
        @Nullable String plannedGpus,
        @Nullable String gang,
        @Nullable String rank,
        List<String> gates,
        @Nullable String pinnedTo,
        boolean pinnedGone,
        String sentence,
        List<String> told,
        List<String> wouldHelp) {
    PodStory {
        gates = List.copyOf(gates);
        told = List.copyOf(told);
        wouldHelp = List.copyOf(wouldHelp);
    }
}
