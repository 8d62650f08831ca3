package dev.berth.k8s.nodes;

import dev.berth.k8s.objects.NodeObject;
import dev.berth.k8s.objects.NodeObject.Taint;
import dev.berth.k8s.objects.PodObject;
import dev.berth.k8s.objects.PodSpec;
import dev.berth.k8s.objects.PodSpec.Expression;
import dev.berth.k8s.objects.PodSpec.HostPort;
import dev.berth.k8s.objects.PodSpec.NodeTerm;
import dev.berth.k8s.objects.PodSpec.PodTerm;
import dev.berth.k8s.objects.PodSpec.Toleration;
import dev.berth.k8s.objects.PodStatus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Nodes and pods for tests. */
final class Samples {
    private Samples() {}

    static Map<String, String> labels(String... keysAndValues) {
        Map<String, String> labels = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            labels.put(keysAndValues[i], keysAndValues[i + 1]);
        }
        return labels;
    }

    /** A ready node with 96 cores and 1 TiB, and so much of a resource. */
    static NodeObject node(String name, String resource, long amount, String... labels) {
        return node(name, Map.of(resource, amount), labels(labels));
    }

    static NodeObject node(String name, Map<String, Long> resources, Map<String, String> labels) {
        Map<String, Long> allocatable = new HashMap<>(resources);
        allocatable.putIfAbsent("cpu", 96_000L);
        allocatable.putIfAbsent("memory", 1L << 40);
        allocatable.putIfAbsent("pods", 110L);
        Map<String, String> all = new HashMap<>(labels);
        all.put("kubernetes.io/hostname", name);
        return new NodeObject(name, "uid-" + name, all, Map.of(), allocatable, false, true, false, List.of());
    }

    /** A node with eight H100 as GPU feature discovery labels it. */
    static NodeObject h100(String name, String... labels) {
        Map<String, String> all = labels(labels);
        all.put("nvidia.com/gpu.count", "8");
        all.put("nvidia.com/gpu.memory", "81559");
        all.put("nvidia.com/gpu.product", "NVIDIA-H100-80GB-HBM3");
        all.put("nvidia.com/gpu.replicas", "1");
        all.put("nvidia.com/gpu.sharing-strategy", "none");
        all.put("nvidia.com/mig.strategy", "single");
        all.put("nvidia.com/gfd.timestamp", "1763721600");
        return node(name, Map.of("nvidia.com/gpu", 8L), all);
    }

    static NodeObject withTaints(NodeObject node, Taint... taints) {
        return new NodeObject(
                node.name(),
                node.uid(),
                node.labels(),
                node.annotations(),
                node.allocatable(),
                node.unschedulable(),
                node.ready(),
                node.deleting(),
                List.of(taints));
    }

    static NodeObject withState(NodeObject node, boolean unschedulable, boolean ready, boolean deleting) {
        return new NodeObject(
                node.name(),
                node.uid(),
                node.labels(),
                node.annotations(),
                node.allocatable(),
                unschedulable,
                ready,
                deleting,
                node.taints());
    }

    /** Collects a pod. */
    static final class Pod {
        private final String name;
        private String namespace = "default";
        private @Nullable String nodeName;
        private boolean deleting;
        private PodStatus.Phase phase = PodStatus.Phase.PENDING;
        private final Map<String, String> labels = new HashMap<>();
        private final Map<String, Long> requests = new HashMap<>();
        private final Map<String, String> nodeSelector = new HashMap<>();
        private final List<NodeTerm> nodeTerms = new ArrayList<>();
        private final List<Toleration> tolerations = new ArrayList<>();
        private final List<PodTerm> podTerms = new ArrayList<>();
        private final List<HostPort> ports = new ArrayList<>();
        private final List<String> claims = new ArrayList<>();

        Pod(String name) {
            this.name = name;
        }

        Pod in(String other) {
            namespace = other;
            return this;
        }

        Pod on(@Nullable String node) {
            nodeName = node;
            return this;
        }

        Pod deleting() {
            deleting = true;
            return this;
        }

        Pod finished() {
            phase = PodStatus.Phase.SUCCEEDED;
            return this;
        }

        Pod label(String key, String value) {
            labels.put(key, value);
            return this;
        }

        Pod asks(String resource, long amount) {
            requests.put(resource, amount);
            return this;
        }

        Pod select(String key, String value) {
            nodeSelector.put(key, value);
            return this;
        }

        Pod term(Expression... expressions) {
            nodeTerms.add(new NodeTerm(List.of(expressions), List.of()));
            return this;
        }

        Pod term(NodeTerm term) {
            nodeTerms.add(term);
            return this;
        }

        Pod tolerates(Toleration toleration) {
            tolerations.add(toleration);
            return this;
        }

        Pod podTerm(PodTerm term) {
            podTerms.add(term);
            return this;
        }

        Pod port(HostPort port) {
            ports.add(port);
            return this;
        }

        Pod claim(String claim) {
            claims.add(claim);
            return this;
        }

        PodObject pod() {
            return new PodObject(
                    namespace,
                    name,
                    "uid-" + namespace + "-" + name,
                    "1",
                    0,
                    deleting,
                    labels,
                    Map.of(),
                    null,
                    new PodSpec(
                            nodeName,
                            "default-scheduler",
                            0,
                            List.of(),
                            requests,
                            nodeSelector,
                            nodeTerms,
                            tolerations,
                            podTerms,
                            ports,
                            claims,
                            false,
                            null),
                    new PodStatus(phase, null, null, false));
        }
    }

    static Pod pod(String name) {
        return new Pod(name);
    }
}
