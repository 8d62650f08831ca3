package dev.berth.planner.imports;

import dev.berth.cluster.Cluster;
import dev.berth.planner.io.ImportNote;
import dev.berth.planner.io.TopographGraph;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which nodes the instances of Topograph's graph are, and what their labels say. An instance is the node of its id's name; else the one
 * that its label {@code kubernetes.io/hostname} names; else the only one that has the id as the value of a label.
 */
final class TopographNames {
    private static final String HOSTNAME = "kubernetes.io/hostname";

    /** Labels that name an NVLink domain: Topograph since 1.0, up to 0.5, and up to 0.5 in the graph's attributes. */
    private static final List<String> DOMAINS =
            List.of("accelerator.topograph.run/domain", "network.topology.nvidia.com/accelerator", "nvlink");

    /** Set by NVIDIA's GPU feature discovery: the cluster UUID, which is the NVLink domain, a dot and the partition in it. */
    private static final String CLIQUE = "nvidia.com/gpu.clique";

    private static final List<String> MODELS = List.of("nvidia.com/gpu.product", "amd.com/gpu.product-name");

    private final Map<String, String> nodeOfInstance = new LinkedHashMap<>();
    private final Map<String, String> nvlinkDomains = new LinkedHashMap<>();
    private final Map<String, String> models = new LinkedHashMap<>();

    TopographNames(
            String source, TopographGraph graph, @Nullable Cluster base, HostNames hosts, List<ImportNote> notes) {
        Map<String, String> nodeOfLabelValue = labelValues(base);
        Map<String, String> instanceOfNode = new HashMap<>();
        Summary unknown = new Summary();
        Summary unusable = new Summary();
        for (TopographGraph.Instance instance : graph.instances()) {
            String node = node(instance, nodeOfLabelValue, hosts);
            if (node == null) {
                unknown.add(instance.id());
                continue;
            }
            String before = instanceOfNode.putIfAbsent(node, instance.id());
            if (before != null) {
                notes.add(new ImportNote(
                        source,
                        instance.line(),
                        "instance '" + instance.id() + "' is node '" + node + "', which '" + before
                                + "' is already; not used"));
                continue;
            }
            nodeOfInstance.put(instance.id(), node);
            String domain = domain(instance.labels());
            if (domain != null && HostNames.isUsable(domain)) {
                nvlinkDomains.put(node, domain);
            } else if (domain != null) {
                unusable.add("'" + domain + "'");
            }
            String model = model(instance);
            if (model != null) {
                models.put(node, model);
            }
        }
        if (unusable.size() > 0) {
            notes.add(new ImportNote(
                    source, 0, "not used: NVLink domains with braces in their names: " + unusable.examples()));
        }
        if (unknown.size() > 0) {
            notes.add(new ImportNote(
                    source,
                    0,
                    "not used: instances that no node's name or label and no label " + HOSTNAME + " matches: "
                            + unknown.examples()));
        }
    }

    /** Nodes by the values of their labels; empty text where several nodes share one. */
    private static Map<String, String> labelValues(@Nullable Cluster base) {
        Map<String, String> nodes = new HashMap<>();
        for (int node = 0; base != null && node < base.nodeCount(); node++) {
            String name = base.nodeName(node);
            base.labels(node).values().stream()
                    .distinct()
                    .forEach(value -> nodes.merge(value, name, (one, other) -> ""));
        }
        return nodes;
    }

    private static @Nullable String node(
            TopographGraph.Instance instance, Map<String, String> nodeOfLabelValue, HostNames hosts) {
        String hostname = instance.labels().getOrDefault(HOSTNAME, "");
        String labelled = nodeOfLabelValue.getOrDefault(instance.id(), "");
        if (!labelled.isEmpty() && !hosts.nodes().contains(instance.id())) {
            return labelled;
        }
        if (!hostname.isEmpty() && !hosts.nodes().contains(instance.id())) {
            return hosts.node(hostname);
        }
        return hosts.node(instance.id());
    }

    private static @Nullable String domain(Map<String, String> labels) {
        for (String key : DOMAINS) {
            String value = labels.getOrDefault(key, "");
            if (!value.isBlank()) {
                return value;
            }
        }
        String clique = labels.getOrDefault(CLIQUE, "");
        String domain = clique.substring(0, Math.max(0, clique.lastIndexOf('.')));
        return domain.isBlank() ? null : domain;
    }

    private static @Nullable String model(TopographGraph.Instance instance) {
        for (String key : MODELS) {
            String value = instance.labels().getOrDefault(key, "");
            if (!value.isBlank()) {
                return value;
            }
        }
        return instance.type();
    }

    /** Instances that are nodes. */
    Map<String, String> nodeOfInstance() {
        return nodeOfInstance;
    }

    /** NVLink domains by node. */
    Map<String, String> nvlinkDomains() {
        return nvlinkDomains;
    }

    /** GPU models, or what the provider calls the machine, by node. */
    Map<String, String> models() {
        return models;
    }
}
