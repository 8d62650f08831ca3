package dev.berth.k8s.nodes;

import dev.berth.k8s.objects.HyperNodeObject;
import dev.berth.k8s.objects.LevelsObject;
import dev.berth.k8s.objects.ResourceSliceObject;
import dev.berth.k8s.objects.ResourceSliceObject.Gpu;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Objects of the cluster that say how nodes stand to each other, and the GPUs that DRA drivers offer on nodes. Immutable, thread-safe. {@link
 * TopologyStore} makes it of objects that come and go.
 */
public final class TopologyObjects {
    /** There are none. */
    public static final TopologyObjects NONE = new TopologyObjects(List.of(), List.of(), List.of());

    private final List<LevelsObject> levels;
    private final List<HyperNodeObject> hyperNodes;
    private final Map<String, List<Gpu>> gpus;
    /** By node, the number of the GPU that each MIG instance is of, by the instance's UUID. */
    private final Map<String, Map<String, Integer>> instances = new HashMap<>();

    private TopologyObjects(
            List<LevelsObject> levels, List<HyperNodeObject> hyperNodes, List<ResourceSliceObject> slices) {
        this.levels = levels;
        this.hyperNodes = hyperNodes;
        gpus = gpus(slices);
        for (ResourceSliceObject slice : slices) {
            if (slice.nodeName() != null && !slice.instances().isEmpty()) {
                Map<String, Integer> here = instances.computeIfAbsent(slice.nodeName(), none -> new HashMap<>());
                slice.instances().forEach((uuid, device) -> here.put(uuid, number(device)));
            }
        }
    }

    /**
     * Of these objects. Of a pool of devices only the newest generation counts, and only when all its slices are there (Kubernetes: "a
     * consumer must not use an incomplete pool").
     */
    public static TopologyObjects of(
            Collection<LevelsObject> levels,
            Collection<HyperNodeObject> hyperNodes,
            Collection<ResourceSliceObject> slices) {
        List<LevelsObject> sortedLevels = new ArrayList<>(levels);
        sortedLevels.sort(Comparator.comparing(LevelsObject::kind).thenComparing(LevelsObject::name));
        List<HyperNodeObject> sortedNodes = new ArrayList<>(hyperNodes);
        sortedNodes.sort(Comparator.comparing(HyperNodeObject::name));
        return new TopologyObjects(List.copyOf(sortedLevels), List.copyOf(sortedNodes), newest(slices));
    }

    /** A pool of devices. */
    private record Pool(String driver, String name) {}

    /** The slices that count. */
    private static List<ResourceSliceObject> newest(Collection<ResourceSliceObject> slices) {
        Map<Pool, List<ResourceSliceObject>> newest = new HashMap<>();
        for (ResourceSliceObject slice : slices) {
            List<ResourceSliceObject> known =
                    newest.computeIfAbsent(new Pool(slice.driver(), slice.pool()), none -> new ArrayList<>());
            if (!known.isEmpty() && known.get(0).generation() < slice.generation()) {
                known.clear();
            }
            if (known.isEmpty() || known.get(0).generation() == slice.generation()) {
                known.add(slice);
            }
        }
        List<ResourceSliceObject> whole = new ArrayList<>();
        newest.values().stream()
                .filter(pool -> pool.size() >= pool.get(0).sliceCount())
                .forEach(whole::addAll);
        return whole;
    }

    private static Map<String, List<Gpu>> gpus(List<ResourceSliceObject> slices) {
        Map<String, List<Gpu>> byNode = new HashMap<>();
        for (ResourceSliceObject slice : slices) {
            String node = slice.nodeName();
            if (node != null && !slice.devices().isEmpty()) {
                byNode.computeIfAbsent(node, none -> new ArrayList<>()).addAll(slice.devices());
            }
        }
        byNode.replaceAll((node, devices) -> {
            devices.sort(
                    Comparator.comparingInt((Gpu gpu) -> number(gpu.name())).thenComparing(Gpu::name));
            return List.copyOf(devices);
        });
        return byNode;
    }

    /** The first number in a device's name, such as 3 of {@code gpu-3} and {@code gpu-3-mig-1g10gb-19-0}: the GPU's minor number, by which the driver orders its indices. */
    private static int number(String device) {
        int at = device.indexOf('-') + 1;
        int end = at;
        while (end < device.length() && end - at < 9 && Character.digit(device.charAt(end), 10) >= 0) {
            end++;
        }
        return end == at ? Integer.MAX_VALUE : Integer.parseInt(device, at, end, 10);
    }

    /** Objects that name labels by levels, sorted by kind and name. */
    List<LevelsObject> levels() {
        return levels;
    }

    /** HyperNodes, sorted by name. */
    List<HyperNodeObject> hyperNodes() {
        return hyperNodes;
    }

    /** The whole GPUs that DRA drivers offer on a node, in the order of their indices; empty when there are none. */
    List<Gpu> gpus(String nodeName) {
        return gpus.getOrDefault(nodeName, List.of());
    }

    /** UUIDs of the GPUs of a node by their indices, or null when they are not all known. */
    public @Nullable List<String> gpuUuids(String nodeName) {
        List<Gpu> devices = gpus(nodeName);
        List<String> uuids = new ArrayList<>(devices.size());
        for (Gpu gpu : devices) {
            if (gpu.uuid().isEmpty()) {
                return null;
            }
            uuids.add(gpu.uuid());
        }
        return uuids.isEmpty() ? null : List.copyOf(uuids);
    }

    /** The number of the GPU that a MIG instance of a node is of, by the instance's UUID; -1 when not known. */
    public int gpuOfInstance(String nodeName, String uuid) {
        return instances.getOrDefault(nodeName, Map.of()).getOrDefault(uuid, -1);
    }
}
