package dev.berth.k8s.nodes;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.GpuCatalog;
import dev.berth.cluster.GpuModel;
import dev.berth.cluster.MigGeometry;
import dev.berth.k8s.objects.NodeObject;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The GPUs of a node as kube-scheduler counts them: what stands in the node's allocatable is what there is, and labels say of which kind. A
 * "GPU" is one unit of the resource. Where the node cuts its GPUs (time slices, MPS, MIG with the strategy single, partitions of AMD),
 * the units are parts of GPUs, each a GPU of its own for Berth without links to the others, because pods ask for them by the number and
 * kube-scheduler counts them so. Immutable.
 *
 * @param resource the resource by which pods ask for them, such as {@code nvidia.com/gpu}
 * @param model what the node calls them; never blank when there are any
 * @param count 0 to {@value Cluster#MAX_GPUS_PER_NODE}
 * @param memoryMib of each unit; 0 when unknown
 * @param migCount how many of them are in MIG mode and offer instances by their profiles
 * @param parts whether units are parts of GPUs
 * @param instances how many MIG instances there are, by resource
 */
record NodeGpus(
        String resource,
        String model,
        int count,
        int memoryMib,
        int migCount,
        boolean parts,
        Map<String, Long> instances) {
    static final String NVIDIA = "nvidia.com/gpu";
    static final String NVIDIA_SHARED = "nvidia.com/gpu.shared";
    static final String AMD = "amd.com/gpu";
    static final String MIG_PREFIX = "nvidia.com/mig-";

    private static final NodeGpus NONE = new NodeGpus("", "", 0, 0, 0, false, Map.of());

    /** Labels that name the model, by how much they say. All but the first are set by clouds where GPU feature discovery does not run. */
    private static final List<String> NVIDIA_MODELS = List.of(
            "nvidia.com/gpu.product",
            "cloud.google.com/gke-accelerator",
            "gpu.nvidia.com/model",
            "karpenter.k8s.aws/instance-gpu-name",
            "k8s.amazonaws.com/accelerator");

    private static final List<String> NVIDIA_MEMORY =
            List.of("nvidia.com/gpu.memory", "karpenter.k8s.aws/instance-gpu-memory");

    private static final Pattern SIZE = Pattern.compile("(?i)(\\d{2,3})GI?B");
    private static final Pattern AMD_SIZE = Pattern.compile("(\\d{1,6})([GM])I?B?");

    /** Names of AMD's partitions: compute mode and memory mode. The first is a whole GPU. */
    private static final Pattern AMD_PARTITION = Pattern.compile("amd\\.com/((spx|dpx|tpx|qpx|cpx)_nps\\d)");

    /** Copies the map. */
    NodeGpus {
        instances = Map.copyOf(instances);
    }

    /** What a node offers. What is odd about it is added to the problems. */
    static NodeGpus of(NodeObject node, Problems problems) {
        Map<String, Long> instances = migInstances(node);
        long whole = node.allocatable().getOrDefault(NVIDIA, 0L);
        if (!instances.isEmpty()) {
            return mixed(node, whole, instances, problems);
        }
        if (whole > 0) {
            return units(node, NVIDIA, whole, problems);
        }
        long shared = node.allocatable().getOrDefault(NVIDIA_SHARED, 0L);
        if (shared > 0) {
            return units(node, NVIDIA_SHARED, shared, problems);
        }
        return amd(node, problems);
    }

    /** Whether a resource is one of those by which pods ask for whole units of GPUs. */
    static boolean isResource(String resource) {
        return resource.equals(NVIDIA)
                || resource.equals(NVIDIA_SHARED)
                || resource.equals(AMD)
                || resource.startsWith("amd.com/")
                        && AMD_PARTITION.matcher(resource).matches();
    }

    /** Whether a node offers GPUs by any of these resources. */
    static boolean offers(NodeObject node) {
        for (Map.Entry<String, Long> entry : node.allocatable().entrySet()) {
            if (entry.getValue() > 0 && isResource(entry.getKey())) {
                return true;
            }
        }
        return false;
    }

    private static Map<String, Long> migInstances(NodeObject node) {
        Map<String, Long> instances = new TreeMap<>();
        node.allocatable().forEach((resource, amount) -> {
            if (resource.startsWith(MIG_PREFIX) && amount > 0) {
                instances.put(resource, amount);
            }
        });
        return instances;
    }

    private static NodeGpus units(NodeObject node, String resource, long units, Problems problems) {
        String product = model(node, NVIDIA_MODELS, resource);
        boolean mig = product.contains("-MIG-");
        long replicas = Math.max(1, number(node, "nvidia.com/gpu.replicas"));
        boolean shared = replicas > 1 || resource.equals(NVIDIA_SHARED) || product.endsWith("-SHARED");
        int memoryMib = memory(node, product);
        return new NodeGpus(
                resource,
                product,
                limited(node, resource, units, problems),
                // Replicas have no memory of their own. What is left of it when all are used alike is what one can
                // count on; MPS even
                // sets that as the limit.
                shared ? (int) (memoryMib / replicas) : memoryMib,
                0,
                mig || shared,
                Map.of());
    }

    private static int limited(NodeObject node, String resource, long units, Problems problems) {
        if (units > Cluster.MAX_GPUS_PER_NODE) {
            problems.node(
                    node.name(),
                    "allocatable " + resource + " is " + units + ", allowed: up to " + Cluster.MAX_GPUS_PER_NODE
                            + "; that many are used, the others are left alone");
        }
        return (int) Math.min(units, Cluster.MAX_GPUS_PER_NODE);
    }

    /** Some GPUs whole, the others cut into instances that have resources of their own. */
    private static NodeGpus mixed(NodeObject node, long whole, Map<String, Long> instances, Problems problems) {
        String product = model(node, NVIDIA_MODELS, NVIDIA);
        int memoryMib = memory(node, product);
        int plain = limited(node, NVIDIA, whole, problems);
        MigGeometry geometry = MigGeometry.find(product, memoryMib);
        if (geometry == null) {
            problems.node(
                    node.name(),
                    "has MIG instances " + instances.keySet() + " of the model " + product
                            + ", whose MIG geometry is not known; they are left alone");
            return plain == 0 ? NONE : new NodeGpus(NVIDIA, product, plain, memoryMib, 0, false, Map.of());
        }
        int slices = 0;
        Map<String, Long> known = new TreeMap<>();
        for (Map.Entry<String, Long> instance : instances.entrySet()) {
            int profile = geometry.profileIndex(instance.getKey().substring(MIG_PREFIX.length()));
            if (profile < 0) {
                problems.node(
                        node.name(),
                        "has " + instance.getKey() + ", a profile that " + geometry.name()
                                + " does not have; left alone");
                continue;
            }
            known.put(instance.getKey(), instance.getValue());
            slices += (int) Math.min(instance.getValue(), 1 << 10) * geometry.sizeSlices(profile);
        }
        // The label counts all GPUs, those in MIG mode among them. Without it at least as many are cut as the instances
        // fill.
        long counted = number(node, "nvidia.com/gpu.count") - whole;
        long filled = (slices + geometry.slices() - 1L) / geometry.slices();
        long cut = Math.max(counted, filled);
        int room = Cluster.MAX_GPUS_PER_NODE - plain;
        if (cut > room) {
            problems.node(
                    node.name(),
                    "has " + (whole + cut) + " GPUs, allowed: up to " + Cluster.MAX_GPUS_PER_NODE
                            + "; some of those in MIG mode are left alone");
        }
        int migCount = (int) Math.min(cut, room);
        return new NodeGpus(NVIDIA, product, plain + migCount, memoryMib, migCount, false, known);
    }

    private static NodeGpus amd(NodeObject node, Problems problems) {
        String resource = null;
        for (String name : new TreeMap<>(node.allocatable()).keySet()) {
            if (node.allocatable().getOrDefault(name, 0L) > 0
                    && (name.equals(AMD) || AMD_PARTITION.matcher(name).matches())) {
                if (resource != null) {
                    problems.node(
                            node.name(),
                            "offers GPUs as " + resource + " and as " + name + ", allowed: one of them; " + resource
                                    + " is used");
                    break;
                }
                resource = name;
            }
        }
        if (resource == null) {
            return NONE;
        }
        Matcher partition = AMD_PARTITION.matcher(resource);
        String mode = partition.matches() ? partition.group(1) : amdLabel(node, "compute-memory-partition");
        boolean parts = mode != null && !mode.toLowerCase(Locale.ROOT).startsWith("spx");
        String product = amdLabel(node, "product-name");
        String model = (product == null ? resource : product) + (parts ? "-" + mode : "");
        String vram = amdLabel(node, "vram");
        return new NodeGpus(
                resource,
                model,
                limited(node, resource, node.allocatable().getOrDefault(resource, 0L), problems),
                vram == null ? 0 : amdMemoryMib(vram),
                0,
                parts,
                Map.of());
    }

    /**
     * A label of AMD's node labeller: {@code amd.com/gpu.X: value}, the same with {@code beta.} before it, or, as older versions write it,
     * {@code beta.amd.com/gpu.X.value: number of GPUs}.
     */
    private static @Nullable String amdLabel(NodeObject node, String name) {
        for (String prefix : List.of("amd.com/gpu.", "beta.amd.com/gpu.")) {
            String value = LabelPlaces.value(node, prefix + name);
            if (value != null) {
                return value;
            }
        }
        for (String prefix : List.of("amd.com/gpu.", "beta.amd.com/gpu.")) {
            String start = prefix + name + ".";
            String found = null;
            for (String label : node.labels().keySet()) {
                if (label.startsWith(start) && label.length() > start.length()) {
                    String value = label.substring(start.length());
                    found = found == null || value.compareTo(found) < 0 ? value : found;
                }
            }
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    private static int amdMemoryMib(String text) {
        Matcher size = AMD_SIZE.matcher(text.toUpperCase(Locale.ROOT));
        if (!size.matches()) {
            return 0;
        }
        int number = Integer.parseInt(size.group(1));
        return size.group(2).equals("G") ? (int) Math.min(number * 1024L, Integer.MAX_VALUE) : number;
    }

    private static String model(NodeObject node, List<String> labels, String otherwise) {
        String model = LabelPlaces.first(node, labels);
        return model == null ? otherwise : model;
    }

    private static int memory(NodeObject node, String model) {
        for (String label : NVIDIA_MEMORY) {
            long mib = number(node, label);
            if (mib > 0) {
                return (int) Math.min(mib, Integer.MAX_VALUE);
            }
        }
        // A name that says its size is as good as the label.
        Matcher size = SIZE.matcher(model);
        if (!size.find()) {
            return 0;
        }
        int namedMib = Integer.parseInt(size.group(1)) * 1024;
        GpuModel known = GpuCatalog.builtIn().find(model, namedMib);
        return known != null && Math.abs(known.memoryMib() - namedMib) <= namedMib / 8 ? known.memoryMib() : 0;
    }

    /** The number that a label says, 0 when it says none. */
    private static long number(NodeObject node, String label) {
        String text = LabelPlaces.value(node, label);
        if (text == null || text.length() > 9 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return 0;
        }
        return Long.parseLong(text);
    }
}
