package dev.berth.k8s.nodes;

import dev.berth.cluster.NodeState;
import dev.berth.k8s.objects.NodeObject;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes a cluster of what the API server says of nodes. Immutable, thread-safe.
 *
 * <p>What is read, and what of two sources counts, stands in {@code docs/kubernetes-nodes.md}. The same nodes give the same cluster, in
 * whatever order they come.
 */
public final class ClusterReader {
    private final ClusterSettings settings;
    private final DeviceLinks deviceLinks = new DeviceLinks();

    /** A reader. */
    public ClusterReader(ClusterSettings settings) {
        this.settings = settings;
    }

    /**
     * The cluster. Never throws for what stands in an object: a node that cannot be used is left out or taken with less, and the problems say
     * so. O(nodes x levels of topology).
     *
     * @param nodes each name once
     */
    public ClusterModel read(Collection<NodeObject> nodes, TopologyObjects topology) {
        List<NodeObject> order = new ArrayList<>(nodes);
        order.sort(Comparator.comparing(NodeObject::name));
        return new ClusterAssembly(settings, deviceLinks, order, topology).assemble();
    }

    /** How many units each GPU of a node makes, the first GPU the first ones; 1 where units are whole GPUs, 0 when that is not known. */
    public int unitsPerGpu(NodeObject node) {
        return NodeGpus.unitsPerGpu(node, settings.pods());
    }

    /** Whether a node takes pods now, and if not, why. */
    public static NodeState stateOf(NodeObject node) {
        if (!node.ready()) {
            return NodeState.QUARANTINE;
        }
        return node.unschedulable() || node.deleting() ? NodeState.DRAINING : NodeState.READY;
    }

    /**
     * Whether two versions of a node make the same cluster but for {@link #stateOf}. Taints are not in the cluster, nor are labels that
     * {@link #isKept} passes over.
     */
    public static boolean sameModel(NodeObject a, NodeObject b) {
        return a.name().equals(b.name())
                && a.allocatable().equals(b.allocatable())
                && (a.labels().equals(b.labels()) || kept(a).equals(kept(b)));
    }

    /** The labels of a node that the cluster keeps. */
    static Map<String, String> kept(NodeObject node) {
        Map<String, String> kept = new HashMap<>(2 * node.labels().size());
        node.labels().forEach((label, value) -> {
            if (isKept(node, label, value)) {
                kept.put(label, value);
            }
        });
        return kept;
    }

    /**
     * Whether a label is worth keeping: not the node's own name, which is of use to nobody who wants nodes that are alike and would make each
     * node's labels a set of their own in memory; and not a time stamp, which would have the cluster made anew each time.
     */
    private static boolean isKept(NodeObject node, String label, String value) {
        return !value.equals(node.name()) && !label.equals("nvidia.com/gfd.timestamp");
    }
}
