package dev.berth.k8s.nodes;

import dev.berth.cluster.GpuTopology;
import dev.berth.cluster.LinkKind;
import dev.berth.k8s.objects.ResourceSliceObject.Gpu;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What DRA drivers say of how the GPUs of a node are joined: their NUMA nodes and PCIe roots. NVLink they do not tell. Thread-safe.
 *
 * <p>Nodes of one kind get one object, since it takes the core long to make one for many GPUs.
 */
final class DeviceLinks {
    private static final int MAX_KINDS = 64;

    private final Map<Kind, GpuTopology> made = new ConcurrentHashMap<>();

    /** What the links follow from. */
    private record Kind(List<Integer> numa, List<String> roots, GpuTopology usual) {}

    /**
     * The usual links of the model, with what the devices say besides; null when they say nothing.
     *
     * @param usual links between as many GPUs as there are devices
     */
    @Nullable
    GpuTopology of(List<Gpu> devices, GpuTopology usual) {
        if (devices.stream()
                .allMatch(gpu -> gpu.numaNode() < 0 && gpu.pcieRoot().isEmpty())) {
            return null;
        }
        if (made.size() > MAX_KINDS) {
            made.clear();
        }
        Kind kind = new Kind(
                devices.stream().map(Gpu::numaNode).toList(),
                devices.stream().map(Gpu::pcieRoot).toList(),
                usual);
        return made.computeIfAbsent(kind, missing -> make(devices, usual));
    }

    private static GpuTopology make(List<Gpu> devices, GpuTopology usual) {
        GpuTopology.Builder links = GpuTopology.builder(devices.size()).switched(usual.isSwitched());
        for (int a = 0; a < devices.size(); a++) {
            int numa = devices.get(a).numaNode();
            links.numa(a, numa <= GpuTopology.MAX_NUMA ? numa : -1);
            for (int b = a + 1; b < devices.size(); b++) {
                link(links, usual, devices, a, b);
            }
        }
        return links.build();
    }

    private static void link(GpuTopology.Builder links, GpuTopology usual, List<Gpu> devices, int a, int b) {
        if (usual.nvlinkLanes(a, b) > 0) {
            links.nvlink(a, b, usual.nvlinkLanes(a, b), usual.nvlinkGeneration(a, b));
        } else if (usual.linkKind(a, b).joinsIslands()) {
            links.link(a, b, usual.linkKind(a, b), usual.linkGigabytesPerSecond(a, b));
        } else {
            links.link(a, b, way(devices.get(a), devices.get(b)));
        }
    }

    /** The least that follows: below one root there is no CPU's interconnect in between, and in one NUMA node not that between sockets. */
    private static LinkKind way(Gpu a, Gpu b) {
        if (!a.pcieRoot().isEmpty() && a.pcieRoot().equals(b.pcieRoot())) {
            return LinkKind.PHB;
        }
        return a.numaNode() >= 0 && a.numaNode() == b.numaNode() ? LinkKind.NODE : LinkKind.SYS;
    }
}
