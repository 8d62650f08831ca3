package dev.berth.k8s.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that the live page shows. Immutable.
 *
 * @param sequence of the last decision that it contains
 * @param leading whether this replica decides
 * @param nodes every node with GPUs, in fabric order, so that neighbours stand together
 * @param waiting pods and gangs that have no place yet, those that come first standing first
 */
public record ClusterView(long sequence, boolean leading, List<NodeView> nodes, List<WaitingView> waiting) {
    /** Copies the lists. */
    public ClusterView {
        nodes = List.copyOf(nodes);
        waiting = List.copyOf(waiting);
    }

    /**
     * A node with GPUs.
     *
     * @param name its name
     * @param rack its rack, or null
     * @param domains names of the domains that it stands in, from the lowest tier above the node up: island across nodes, leaf, spine
     * @param model model of its GPUs
     * @param state {@code READY}, or why it takes nothing; {@code OVERCOMMITTED} when pods hold more than it has
     * @param gpuHeldMilli per GPU what is held, in 1/1000: 0 is free, 1000 whole
     * @param islands per GPU the number of its NVLink island inside the node
     * @param pods who holds what, as {@code namespace/name}
     * @param gangs per pod its gang as {@code namespace/name}, empty when it stands alone; an empty list when it is not said of any
     */
    public record NodeView(
            String name,
            @Nullable String rack,
            List<String> domains,
            String model,
            String state,
            List<Integer> gpuHeldMilli,
            List<Integer> islands,
            List<String> pods,
            List<String> gangs) {
        /** Without saying which gangs the pods are of. */
        public NodeView(
                String name,
                @Nullable String rack,
                List<String> domains,
                String model,
                String state,
                List<Integer> gpuHeldMilli,
                List<Integer> islands,
                List<String> pods) {
            this(name, rack, domains, model, state, gpuHeldMilli, islands, pods, List.of());
        }

        /** Copies the lists. */
        public NodeView {
            domains = List.copyOf(domains);
            gpuHeldMilli = List.copyOf(gpuHeldMilli);
            islands = List.copyOf(islands);
            pods = List.copyOf(pods);
            gangs = List.copyOf(gangs);
        }
    }

    /**
     * A pod or a gang that waits.
     *
     * @param name {@code namespace/name}
     * @param gang whether it is a gang
     * @param pods how many of its pods are there
     * @param minPods how many it needs, 1 for a pod
     * @param priority of the pod, or the highest of the gang
     * @param sinceMillis since when, in ms since 1970
     * @param why one sentence
     */
    public record WaitingView(
            String name, boolean gang, int pods, int minPods, int priority, long sinceMillis, String why) {}
}
