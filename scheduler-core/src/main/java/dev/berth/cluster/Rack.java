package dev.berth.cluster;

import java.util.Objects;

/**
 * A rack as it is described to {@link Cluster.Builder#add(Rack)}. Immutable.
 *
 * @param name unique among the racks of the cluster, not blank
 * @param powerCapW most that its nodes may draw together, in watts, counted on the cluster's {@link PowerBasis}; 0 when there is
 *     no cap or none is known
 * @param cooling how its heat is taken away
 */
public record Rack(String name, int powerCapW, Cooling cooling) {
    /**
     * Checks every field.
     *
     * @throws IllegalArgumentException naming the rack, the field, its value and what is allowed
     */
    public Rack {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(cooling, "cooling");
        Checks.notBlank("rack", name, "name", name);
        Checks.require(powerCapW >= 0, "rack", name, "powerCapW", powerCapW, "0 (none or unknown) or more");
    }
}
