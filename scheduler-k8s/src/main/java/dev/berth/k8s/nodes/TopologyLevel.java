package dev.berth.k8s.nodes;

import dev.berth.cluster.Topology;

/**
 * A label of nodes that says which domain of a tier they are in: two nodes with the same value (and the same values of the levels above)
 * are in one domain. A value.
 *
 * @param label key of the label, such as {@code topology.k8s.aws/network-node-layer-3}
 * @param tier the tier that it becomes: {@link Topology#RACK}, {@link Topology#NVLINK_DOMAIN}, {@link Topology#SITE}, {@link Topology#NODE} (a
 *     label that only repeats the node's name), or any other name for a tier of switches
 */
public record TopologyLevel(String label, String tier) {
    /**
     * Checks both.
     *
     * @throws IllegalArgumentException naming the field, its value and what is allowed
     */
    public TopologyLevel {
        if (label.isBlank()) {
            throw new IllegalArgumentException(
                    "label of a topology level is '" + label + "', allowed: the key of a label");
        }
        if (tier.isBlank() || isReserved(tier)) {
            throw new IllegalArgumentException("tier of topology label '" + label + "' is '" + tier + "', allowed: "
                    + Topology.NODE + ", " + Topology.NVLINK_DOMAIN + ", " + Topology.RACK + ", " + Topology.SITE
                    + " or a name of your own, but not gpu, island or " + Topology.CLUSTER);
        }
    }

    /**
     * The level of a label by what presets call it; else a tier of switches under the label's own name, without its domain and without {@code
     * topology-} before it.
     *
     * @throws IllegalArgumentException if the label is blank
     */
    public static TopologyLevel of(String label) {
        return new TopologyLevel(label, LabelLadder.tierOf(label));
    }

    /** Whether it is a tier of switches. */
    public boolean isSwitch() {
        return !Topology.RESERVED_TIERS.contains(tier);
    }

    private static boolean isReserved(String tier) {
        return tier.equals("gpu") || tier.equals("island") || tier.equals(Topology.CLUSTER);
    }
}
