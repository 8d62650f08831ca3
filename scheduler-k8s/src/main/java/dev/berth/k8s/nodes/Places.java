package dev.berth.k8s.nodes;

import dev.berth.cluster.FabricSwitch;
import java.util.List;
import java.util.Map;

/**
 * Where nodes stand, and the switches above them. Immutable.
 *
 * @param byNode places by the node's name
 * @param switches every switch that a place or another switch names
 */
record Places(Map<String, Place> byNode, List<FabricSwitch> switches) {
    Place of(String node) {
        return byNode.getOrDefault(node, Place.UNKNOWN);
    }
}
