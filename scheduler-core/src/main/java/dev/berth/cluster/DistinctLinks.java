package dev.berth.cluster;

import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;

/**
 * Keeps one object of each {@link GpuTopology}: a fleet has a few kinds of node, and their tables are large. Comparing them costs
 * time, so that objects seen before are known by identity.
 */
final class DistinctLinks {
    private final IdentityHashMap<GpuTopology, GpuTopology> known = new IdentityHashMap<>();
    private final Map<GpuTopology, GpuTopology> distinct = new HashMap<>();

    GpuTopology share(GpuTopology links) {
        return known.computeIfAbsent(links, seen -> distinct.computeIfAbsent(seen, same -> same));
    }
}
