package dev.berth.cluster;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A switch of the network between nodes, or a group of switches that act as one: in a rail-optimised fabric each node hangs on
 * one leaf per rail, and the leaves of one scalable unit stand here as one. Described to
 * {@link Cluster.Builder#add(FabricSwitch)}. Immutable.
 *
 * @param name unique among the switches of the cluster, not blank
 * @param tier the tier it belongs to, such as {@code leaf}, {@code spine} or {@code core}: any name but those in
 *     {@link Topology#RESERVED_TIERS}
 * @param parent the switch above it, or null for the top of a tree; it must be of another tier
 * @param oversubscription what its lower side can ask for over what its uplinks carry: 1 when it is non-blocking, 3 when three
 *     units of traffic share one on the way up; 0 when unknown. It concerns traffic that leaves the switch upwards only
 */
public record FabricSwitch(
        String name, String tier, @Nullable String parent, double oversubscription) {
    /** Largest oversubscription. */
    public static final int MAX_OVERSUBSCRIPTION = 1_000;

    /**
     * Checks every field that can be checked alone.
     *
     * @throws IllegalArgumentException naming the switch, the field, its value and what is allowed
     */
    public FabricSwitch {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(tier, "tier");
        Checks.notBlank("switch", name, "name", name);
        Checks.notBlank("switch", name, "tier", tier);
        Checks.require(
                !Topology.RESERVED_TIERS.contains(tier),
                "switch",
                name,
                "tier",
                tier,
                "any name but " + Topology.RESERVED_TIERS);
        Checks.require(
                oversubscription >= 0 && oversubscription <= MAX_OVERSUBSCRIPTION,
                "switch",
                name,
                "oversubscription",
                oversubscription,
                "0 (unknown) to " + MAX_OVERSUBSCRIPTION);
    }
}
