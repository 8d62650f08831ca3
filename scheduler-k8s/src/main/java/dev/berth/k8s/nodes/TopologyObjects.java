package dev.berth.k8s.nodes;

/** Objects of the cluster that say how nodes stand to each other, and devices that nodes offer. Immutable. */
public final class TopologyObjects {
    /** There are none. */
    public static final TopologyObjects NONE = new TopologyObjects();

    private TopologyObjects() {}
}
