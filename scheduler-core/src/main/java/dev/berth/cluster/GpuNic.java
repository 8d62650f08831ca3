package dev.berth.cluster;

import java.util.List;
import java.util.Objects;

/**
 * A network card of a node. Immutable.
 *
 * @param name as the node calls it, such as {@code mlx5_0}; not blank
 * @param rail number of the rail that it is cabled to, 0 or more; -1 when unknown or none (storage, management)
 * @param distances how each GPU of the node reaches it, by GPU; never NVLink or xGMI
 */
public record GpuNic(String name, int rail, List<LinkKind> distances) {
    /**
     * Checks every field.
     *
     * @throws IllegalArgumentException naming the card, the field, its value and what is allowed
     */
    public GpuNic {
        Objects.requireNonNull(name, "name");
        distances = List.copyOf(distances);
        if (name.isBlank()) {
            throw new IllegalArgumentException("name of a NIC is '" + name + "', allowed: not blank");
        }
        if (rail < -1 || rail > GpuTopology.MAX_RAIL) {
            throw new IllegalArgumentException(
                    "NIC '" + name + "': rail is " + rail + ", allowed: -1 (unknown) to " + GpuTopology.MAX_RAIL);
        }
        for (LinkKind kind : distances) {
            if (kind.joinsIslands()) {
                throw new IllegalArgumentException(
                        "NIC '" + name + "': distance is " + kind + ", allowed: PIX, PXB, PHB, NODE, SYS");
            }
        }
    }
}
