package dev.berth.k8s.rig;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.HashMap;
import java.util.Map;

/** Nodes and pods as GPU clusters have them, for tests to change further by {@code new NodeBuilder(node)}. */
public final class GpuObjects {
    /** What the stock device plugin offers. */
    public static final String GPU = "nvidia.com/gpu";

    private GpuObjects() {}

    /** A node that is ready, of H100s, in rack {@code rack-0} and so on of 4 nodes each, by the number that its name ends with. */
    public static Node node(String name, int gpus) {
        return node(name, Map.of(GPU, gpus));
    }

    /** The same with these resources in place of whole GPUs, such as {@code nvidia.com/mig-1g.10gb}. */
    public static Node node(String name, Map<String, Integer> resources) {
        int number = Integer.parseInt(name.replaceAll("^.*?(\\d*)$", "0$1"));
        Map<String, Quantity> all = new HashMap<>(
                Map.of("cpu", new Quantity("128"), "memory", new Quantity("2Ti"), "pods", new Quantity("110")));
        resources.forEach((resource, count) -> all.put(resource, new Quantity(Integer.toString(count))));
        return new NodeBuilder()
                .withNewMetadata()
                .withName(name)
                .addToLabels("kubernetes.io/hostname", name)
                .addToLabels("kubernetes.io/os", "linux")
                .addToLabels("nvidia.com/gpu.product", "NVIDIA-H100-80GB-HBM3")
                .addToLabels("nvidia.com/gpu.count", Integer.toString(resources.getOrDefault(GPU, 8)))
                .addToLabels("nvidia.com/gpu.memory", "81559")
                .addToLabels("fabric.topograph.run/tier-0", "leaf-" + number / 4)
                .addToLabels("fabric.topograph.run/tier-1", "spine-" + number / 16)
                .endMetadata()
                .withNewStatus()
                .withCapacity(all)
                .withAllocatable(all)
                .addNewCondition()
                .withType("Ready")
                .withStatus("True")
                .withReason("KubeletReady")
                .endCondition()
                .endStatus()
                .build();
    }

    /** A pod that asks for whole GPUs. */
    public static Pod pod(String namespace, String name, int gpus) {
        return pod(namespace, name, Map.of(GPU, gpus));
    }

    /** The same with these resources, and 2 cores. */
    public static Pod pod(String namespace, String name, Map<String, Integer> resources) {
        Map<String, Quantity> all = new HashMap<>(Map.of("cpu", new Quantity("2"), "memory", new Quantity("8Gi")));
        resources.forEach((resource, count) -> all.put(resource, new Quantity(Integer.toString(count))));
        return new PodBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .addNewContainer()
                .withName("main")
                .withImage("registry.example/none")
                .withNewResources()
                .withRequests(all)
                .withLimits(all)
                .endResources()
                .endContainer()
                .withTerminationGracePeriodSeconds(0L)
                .endSpec()
                .build();
    }
}
