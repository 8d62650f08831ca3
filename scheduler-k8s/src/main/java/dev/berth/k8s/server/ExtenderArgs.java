package dev.berth.k8s.server;

import dev.berth.k8s.engine.Victims;
import dev.berth.k8s.objects.NodeObject;
import dev.berth.k8s.objects.PodObject;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code ExtenderArgs} of k8s.io/kube-scheduler/extender/v1: what filter and prioritize are asked.
 *
 * @param pod {@code Pod}
 * @param nodeNames {@code NodeNames}; null when it was null
 * @param nodes {@code Nodes}; null when it was null
 */
record ExtenderArgs(
        PodObject pod,
        @Nullable List<String> nodeNames,
        @Nullable Nodes nodes) {
    /**
     * A list of nodes.
     *
     * @param names their names
     * @param objects the nodes, when they were asked for; else empty
     * @param texts where in the body each one stands
     */
    record Nodes(List<String> names, List<NodeObject> objects, List<Text> texts) {}

    /**
     * A part of the body.
     *
     * @param from its first byte
     * @param to behind its last
     */
    record Text(int from, int to) {}

    /**
     * {@code ExtenderBindingArgs}.
     *
     * @param podName {@code PodName}
     * @param podNamespace {@code PodNamespace}
     * @param podUid {@code PodUID}
     * @param node {@code Node}
     */
    record Binding(String podName, String podNamespace, String podUid, String node) {}

    /**
     * {@code ExtenderPreemptionArgs}.
     *
     * @param pod {@code Pod}
     * @param victims by node; {@code NodeNameToMetaVictims}, or the same of {@code NodeNameToVictims}
     */
    record Preemption(PodObject pod, Map<String, Victims> victims) {}
}
