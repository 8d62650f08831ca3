package dev.berth.k8s.nodes;

import dev.berth.k8s.objects.NodeObject;
import dev.berth.k8s.objects.PodObject;
import dev.berth.k8s.objects.PodSpec;
import dev.berth.k8s.objects.PodSpec.Expression;
import dev.berth.k8s.objects.PodSpec.NodeTerm;
import dev.berth.k8s.objects.PodSpec.Toleration;
import dev.berth.k8s.pods.PodSettings;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a pod demands of its node whatever else stands there. A value: pods with equal rules may stand on the same nodes.
 *
 * @param nodeSelector labels that the node must have
 * @param nodeTerms one of these must hold, unless there are none
 * @param tolerations taints that the pod bears
 * @param devices resources of GPUs and MIG instances that it asks for, sorted
 * @param odd what it asks for of resources that the cluster model does not count
 * @param volumes what its volumes demand
 */
record NodeRules(
        Map<String, String> nodeSelector,
        List<NodeTerm> nodeTerms,
        List<Toleration> tolerations,
        List<String> devices,
        Map<String, Long> odd,
        List<VolumeRule> volumes) {

    /** Vocabulary of other schedulers for parts of GPUs: kube-scheduler is told to ignore them, and nodes do not offer them. */
    private static final List<String> OTHERS = List.of(
            "nvidia.com/gpumem",
            "nvidia.com/gpumem-percentage",
            "nvidia.com/gpucores",
            "nvidia.com/priority",
            "volcano.sh/",
            "koordinator.sh/");

    private static final String UNSCHEDULABLE = "node.kubernetes.io/unschedulable";
    private static final List<String> NOT_READY =
            List.of("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable");

    static NodeRules of(PodObject pod, List<VolumeRule> volumes, PodSettings settings) {
        PodSpec spec = pod.spec();
        return new NodeRules(
                spec.nodeSelector(),
                spec.nodeTerms(),
                spec.tolerations(),
                devices(spec.requests(), settings),
                odd(spec.requests(), settings),
                volumes);
    }

    /** Whether the node selector and the required node affinity hold: what topology spread asks of the nodes that it counts. */
    boolean selects(NodeObject node) {
        return selectorRefusal(node) == null;
    }

    /** Why a node will not do, or null. */
    @Nullable
    String refusal(NodeObject node, PodSettings settings) {
        String refusal = selectorRefusal(node);
        if (refusal == null) {
            refusal = taintRefusal(node);
        }
        if (refusal == null) {
            refusal = deviceRefusal(node, settings);
        }
        if (refusal == null) {
            refusal = oddRefusal(node);
        }
        for (int i = 0; refusal == null && i < volumes.size(); i++) {
            refusal = volumes.get(i).refusal(node);
        }
        return refusal;
    }

    private @Nullable String selectorRefusal(NodeObject node) {
        for (Map.Entry<String, String> wanted : nodeSelector.entrySet()) {
            if (!wanted.getValue().equals(node.labels().get(wanted.getKey()))) {
                return "label " + wanted.getKey() + " is not " + wanted.getValue();
            }
        }
        if (!nodeTerms.isEmpty() && !Selectors.any(nodeTerms, node)) {
            return affinity();
        }
        return null;
    }

    /** Names the term where there is one, as most have. */
    private String affinity() {
        if (nodeTerms.size() > 1) {
            return "none of the " + nodeTerms.size() + " terms of the required node affinity holds";
        }
        StringBuilder text = new StringBuilder("required node affinity does not hold (");
        String comma = "";
        for (List<Expression> expressions :
                List.of(nodeTerms.get(0).labels(), nodeTerms.get(0).fields())) {
            for (Expression expression : expressions) {
                text.append(comma)
                        .append(expression.key())
                        .append(' ')
                        .append(expression.operator())
                        .append(expression.values().isEmpty() ? "" : " " + shown(expression.values()));
                comma = ", ";
            }
        }
        return text.append(')').toString();
    }

    private static String shown(List<String> values) {
        int most = 3;
        return values.size() <= most
                ? values.toString()
                : values.subList(0, most) + " and " + (values.size() - most) + " more";
    }

    /** A cordon and a node that is not ready are states, not rules; their taints come and go with them. */
    private @Nullable String taintRefusal(NodeObject node) {
        for (NodeObject.Taint taint : node.taints()) {
            boolean keepsOff =
                    taint.effect().equals("NoSchedule") || taint.effect().equals("NoExecute");
            boolean isState = node.unschedulable() && taint.key().equals(UNSCHEDULABLE)
                    || !node.ready() && NOT_READY.contains(taint.key());
            if (keepsOff && !isState && !Selectors.tolerated(taint, tolerations)) {
                return "taint " + taint.key() + (taint.value().isEmpty() ? "" : "=" + taint.value()) + ":"
                        + taint.effect() + " is not tolerated";
            }
        }
        return null;
    }

    private @Nullable String deviceRefusal(NodeObject node, PodSettings settings) {
        for (String device : devices) {
            if (node.allocatable().getOrDefault(device, 0L) > 0) {
                continue;
            }
            // How many there are, and that there are none at all, the cluster model knows. It does not know by which
            // name they are asked for.
            boolean mig = device.startsWith(NodeGpus.MIG_PREFIX);
            if (mig ? NodeGpus.offersInstances(node) : NodeGpus.offers(node, settings)) {
                return "its " + (mig ? "MIG instances" : "GPUs") + " are not offered as " + device;
            }
        }
        return null;
    }

    private @Nullable String oddRefusal(NodeObject node) {
        for (Map.Entry<String, Long> entry : odd.entrySet()) {
            long has = node.allocatable().getOrDefault(entry.getKey(), 0L);
            if (has < entry.getValue()) {
                return "it offers " + has + " of " + entry.getKey() + ", less than " + entry.getValue();
            }
        }
        return null;
    }

    /** What is asked for of resources that are no CPU, no memory, not counted and no GPUs. */
    static Map<String, Long> odd(Map<String, Long> requests, PodSettings settings) {
        Map<String, Long> kept = null;
        for (Map.Entry<String, Long> request : requests.entrySet()) {
            String resource = request.getKey();
            if (request.getValue() > 0
                    && !resource.equals("cpu")
                    && !resource.equals("memory")
                    && !CountedNames.isCounted(resource, settings)
                    && !settings.isGpu(resource)
                    && OTHERS.stream().noneMatch(resource::startsWith)) {
                kept = kept == null ? new TreeMap<>() : kept;
                kept.put(resource, request.getValue());
            }
        }
        return kept == null ? Map.of() : kept;
    }

    private static List<String> devices(Map<String, Long> requests, PodSettings settings) {
        List<String> devices = null;
        for (Map.Entry<String, Long> request : requests.entrySet()) {
            String resource = request.getKey();
            if (request.getValue() > 0 && (resource.startsWith(NodeGpus.MIG_PREFIX) || settings.isGpu(resource))) {
                devices = devices == null ? new ArrayList<>(1) : devices;
                devices.add(resource);
            }
        }
        if (devices == null) {
            return List.of();
        }
        Collections.sort(devices);
        return devices;
    }
}
