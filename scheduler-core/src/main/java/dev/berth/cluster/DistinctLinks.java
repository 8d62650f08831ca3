package dev.berth.cluster;

import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one object of each {@link GpuTopology}: a fleet has a few kinds of node, and their tables are large. Comparing them costs
 * time, so that objects seen before are known by identity.
 */
final class DistinctLinks {
    private final IdentityHashMap<GpuTopology, GpuTopology> known = new IdentityHashMap<>();
    private final Map<GpuTopology, GpuTopology> distinct = new HashMap<>();
    private final Map<Kind, GpuTopology> usual = new HashMap<>();
    private final GpuCatalog catalog;

    DistinctLinks(GpuCatalog catalog) {
        this.catalog = catalog;
    }

    private record Kind(@Nullable String gpuModel, int gpuMemoryMib, int gpuCount) {}

    /** The one object of these links. */
    GpuTopology share(GpuTopology links) {
        return known.computeIfAbsent(links, seen -> distinct.computeIfAbsent(seen, same -> same));
    }

    /** The links that are usual for the model of a node. */
    GpuTopology usual(NodeSpec node) {
        return usual.computeIfAbsent(
                new Kind(node.gpuModel(), node.gpuMemoryMib(), node.gpuCount()),
                kind -> share(catalog.topology(kind.gpuModel, kind.gpuMemoryMib, kind.gpuCount)));
    }
}
