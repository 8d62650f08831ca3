package dev.berth.k8s.nodes;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.GpuCatalog;
import dev.berth.cluster.GpuModel;
import dev.berth.cluster.MigGeometry;
import dev.berth.k8s.objects.NodeObject;
import dev.berth.k8s.objects.ResourceSliceObject.Gpu;
import dev.berth.k8s.pods.PodSettings;
import java.util.ArrayList;
import java.util.Collections;
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
 * @param devices the GPUs one by one as a DRA driver describes them, in the order of their indices; empty when none does
 */
record NodeGpus(
        String resource,
        String model,
        int count,
        int memoryMib,
        int migCount,
        boolean parts,
        Map<String, Long> instances,
        List<Gpu> devices) {
    static final String NVIDIA = "nvidia.com/gpu";
    static final String NVIDIA_SHARED = "nvidia.com/gpu.shared";
    static final String AMD = "amd.com/gpu";
    private static final String COUNT = "nvidia.com/gpu.count";
    private static final String REPLICAS = "nvidia.com/gpu.replicas";
    static final String MIG_PREFIX = "nvidia.com/mig-";
    private static final String MIG_PRODUCT = "-MIG-";
    private static final String SHARED_PRODUCT = "-SHARED";

    private static final NodeGpus NONE = new NodeGpus("", "", 0, 0, 0, false, Map.of(), List.of());

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

    /** Copies the collections. */
    NodeGpus {
        instances = Map.copyOf(instances);
        devices = List.copyOf(devices);
    }

    /**
     * What a node offers. What is odd about it is added to the problems.
     *
     * @param devices what DRA drivers offer on it
     */
    static NodeGpus of(NodeObject node, List<Gpu> devices, PodSettings settings, Problems problems) {
        Map<String, Long> instances = migInstances(node);
        long whole = amount(node, NVIDIA);
        if (!instances.isEmpty()) {
            return mixed(node, whole, instances, problems);
        }
        List<String> offered = offered(node, settings);
        if (offered.isEmpty()) {
            return fromDevices(node, devices, problems);
        }
        String resource = offered.contains(NVIDIA) ? NVIDIA : offered.get(0);
        if (offered.size() > 1) {
            problems.node(
                    node.name(),
                    "offers GPUs as " + String.join(" and as ", offered) + ", allowed: one of them; " + resource
                            + " is used");
        }
        NodeGpus gpus;
        if (resource.startsWith("nvidia.com/")) {
            gpus = nvidia(node, resource, problems);
        } else if (resource.startsWith("amd.com/")) {
            gpus = amd(node, resource, problems);
        } else {
            int count = limited(node, resource, amount(node, resource), problems);
            gpus = new NodeGpus(resource, resource, count, 0, 0, false, Map.of(), List.of());
        }
        return gpus.parts || gpus.count != devices.size() ? gpus : gpus.with(devices);
    }

    private NodeGpus with(List<Gpu> known) {
        return new NodeGpus(resource, model, count, memoryMib, migCount, parts, instances, known);
    }

    /** Resources of GPUs that a node has any of, sorted. */
    private static List<String> offered(NodeObject node, PodSettings settings) {
        List<String> names = new ArrayList<>(1);
        node.allocatable().forEach((resource, amount) -> {
            if (amount > 0 && settings.isGpu(resource)) {
                names.add(resource);
            }
        });
        Collections.sort(names);
        return names;
    }

    /** Whether a node offers GPUs by any resource. */
    static boolean offers(NodeObject node, PodSettings settings) {
        return !offered(node, settings).isEmpty();
    }

    /** Whether a node offers MIG instances by any resource. */
    static boolean offersInstances(NodeObject node) {
        return !migInstances(node).isEmpty();
    }

    private static long amount(NodeObject node, String resource) {
        return node.allocatable().getOrDefault(resource, 0L);
    }

    /** A node whose GPUs are devices of DRA, for which pods may ask as if they were an extended resource (KEP-5004). */
    private static NodeGpus fromDevices(NodeObject node, List<Gpu> devices, Problems problems) {
        List<Gpu> usable = devices.stream().filter(gpu -> !gpu.tainted()).toList();
        if (usable.isEmpty()) {
            long labelled = number(node, COUNT);
            if (labelled > 0) {
                problems.node(node.name(), "has the label " + COUNT + " " + labelled + ", but offers no GPUs");
            }
            return NONE;
        }
        Gpu first = usable.get(0);
        String resource = first.productName().startsWith("AMD") ? AMD : NVIDIA;
        // GPU feature discovery writes the product's name so too; one model then has one name, whoever says it.
        String product = first.productName().isBlank()
                ? resource
                : first.productName().trim().replace(' ', '-');
        String model = model(node, NVIDIA_MODELS, product);
        long mib = first.memoryBytes() >> 20;
        int memoryMib = mib > 0 ? (int) Math.min(mib, Integer.MAX_VALUE) : memory(node, model);
        int count = limited(node, "devices of DRA", usable.size(), problems);
        return new NodeGpus(resource, model, count, memoryMib, 0, false, Map.of(), usable.subList(0, count));
    }

    /**
     * How many units each GPU of a node makes: 1 where units are whole GPUs; 0 when that is not known, as GPUs may be cut unlike each other, or when there are more units than are used.
     *
     * <p>NVIDIA's device plugin makes as many replicas of each GPU as the label says. MIG with the strategy single wants all GPUs cut into the same profile, and labels count the instances;
     * that each GPU has as many as it can have is assumed where that fits the number.
     */
    static int unitsPerGpu(NodeObject node, PodSettings settings) {
        NodeGpus gpus = of(node, List.of(), settings, new Problems());
        if (!gpus.parts) {
            return 1;
        }
        long units = amount(node, gpus.resource);
        long each = Math.max(1, number(node, REPLICAS));
        long labelled = number(node, COUNT);
        int mig = gpus.model.indexOf(MIG_PRODUCT);
        if (mig >= 0) {
            MigGeometry geometry = MigGeometry.find(gpus.model.substring(0, mig), 0);
            String profile = gpus.model.substring(mig + MIG_PRODUCT.length()).replace(SHARED_PRODUCT, "");
            int index = geometry == null ? -1 : geometry.profileIndex(profile);
            each *= geometry == null || index < 0 ? 0 : geometry.maxInstances(index);
            labelled = 0;
        }
        boolean areAll = gpus.count == units && each > 1 && units % each == 0;
        return areAll && (labelled == 0 || labelled * each == units) ? (int) each : 0;
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

    private static NodeGpus nvidia(NodeObject node, String resource, Problems problems) {
        String product = model(node, NVIDIA_MODELS, resource);
        boolean mig = product.contains(MIG_PRODUCT);
        long replicas = Math.max(1, number(node, REPLICAS));
        boolean shared = replicas > 1 || resource.equals(NVIDIA_SHARED) || product.endsWith(SHARED_PRODUCT);
        int memoryMib = memory(node, product);
        return new NodeGpus(
                resource,
                product,
                limited(node, resource, amount(node, resource), problems),
                // Replicas have no memory of their own. What is left of it when all are used alike is what one can
                // count on; MPS even
                // sets that as the limit.
                shared ? (int) (memoryMib / replicas) : memoryMib,
                0,
                mig || shared,
                Map.of(),
                List.of());
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
    private static NodeGpus mixed(NodeObject node, long units, Map<String, Long> instances, Problems problems) {
        String product = model(node, NVIDIA_MODELS, NVIDIA);
        int memoryMib = memory(node, product);
        // Beside instances, replicas count as the GPUs that they are of: the core knows one kind of whole GPU in a
        // node.
        long whole = units / Math.max(1, number(node, REPLICAS));
        int plain = limited(node, NVIDIA, whole, problems);
        MigGeometry geometry = MigGeometry.find(product, memoryMib);
        if (geometry == null) {
            problems.node(
                    node.name(),
                    "has MIG instances " + instances.keySet() + " of the model " + product
                            + ", whose MIG geometry is not known; they are left alone");
            return plain == 0 ? NONE : new NodeGpus(NVIDIA, product, plain, memoryMib, 0, false, Map.of(), List.of());
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
            long real = instance.getValue() / Math.max(1, number(node, instance.getKey() + ".replicas"));
            slices += (int) Math.min(real, 1 << 10) * geometry.sizeSlices(profile);
        }
        // The label counts all GPUs, those in MIG mode among them. Without it at least as many are cut as the instances
        // fill.
        long counted = number(node, COUNT) - whole;
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
        return new NodeGpus(NVIDIA, product, plain + migCount, memoryMib, migCount, false, known, List.of());
    }

    private static NodeGpus amd(NodeObject node, String resource, Problems problems) {
        Matcher partition = AMD_PARTITION.matcher(resource);
        String mode = partition.matches() ? partition.group(1) : amdLabel(node, "compute-memory-partition");
        boolean parts = mode != null && !mode.toLowerCase(Locale.ROOT).startsWith("spx");
        String product = amdLabel(node, "product-name");
        String model = (product == null ? resource : product) + (parts ? "-" + mode : "");
        String vram = amdLabel(node, "vram");
        return new NodeGpus(
                resource,
                model,
                limited(node, resource, amount(node, resource), problems),
                vram == null ? 0 : amdMemoryMib(vram),
                0,
                parts,
                Map.of(),
                List.of());
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
