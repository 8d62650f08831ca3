package dev.berth.placement;

import dev.berth.cluster.Topology;
import java.util.Arrays;

/** How far apart the nodes of a gang are, and what that costs. Its buffers are used again. */
final class GangReach {
    private final Topology topology;
    /** The tiers of switches, the lowest first. */
    private final int[] fabric;

    private final int nvlink;
    private int[] nodes = new int[64];
    private int size;

    GangReach(Topology topology) {
        this.topology = topology;
        nvlink = topology.tier(Topology.NVLINK_DOMAIN);
        int[] tiers = new int[topology.tiers().size()];
        int count = 0;
        for (int tier = 0; tier < tiers.length; tier++) {
            if (!Topology.RESERVED_TIERS.contains(topology.tiers().get(tier))) {
                tiers[count++] = tier;
            }
        }
        fabric = Arrays.copyOf(tiers, count);
    }

    GangReach clear() {
        size = 0;
        return this;
    }

    GangReach add(int node) {
        nodes = size == nodes.length ? Arrays.copyOf(nodes, 2 * size) : nodes;
        nodes[size++] = node;
        return this;
    }

    /** The lowest tier with a domain that all nodes are in. */
    int tier() {
        int tier = 0;
        while (!together(tier)) {
            tier++;
        }
        return tier;
    }

    private boolean together(int tier) {
        int domain = topology.domainOf(tier, nodes[0]);
        boolean all = domain >= 0;
        for (int i = 1; i < size && all; i++) {
            all = topology.domainOf(tier, nodes[i]) == domain;
        }
        return all;
    }

    /**
     * What the tasks can ask for over what the network between them carries, at the narrowest place: the product over the switches
     * that the traffic of a node leaves upwards, for the worst node. What stays in a node or an NVLink domain needs no network.
     *
     * @return 1 for the whole line rate, 0 when unknown
     */
    double oversubscription() {
        if (together(0) || nvlink >= 0 && together(nvlink)) {
            return 1;
        }
        int common = 0;
        while (common < fabric.length && !together(fabric[common])) {
            common++;
        }
        if (common == fabric.length) {
            return 0;
        }
        double worst = 1;
        for (int i = 0; i < size; i++) {
            double ofNode = 1;
            for (int t = 0; t < common; t++) {
                int domain = topology.domainOf(fabric[t], nodes[i]);
                // A node may hang on a switch of a higher tier: there is none to leave below it.
                ofNode *= domain < 0 ? 1 : topology.oversubscription(fabric[t], domain);
            }
            if (ofNode == 0) {
                return 0;
            }
            worst = Math.max(worst, ofNode);
        }
        return worst;
    }
}
