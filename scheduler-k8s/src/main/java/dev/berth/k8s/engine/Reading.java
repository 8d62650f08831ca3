package dev.berth.k8s.engine;

import dev.berth.cluster.NodeState;
import dev.berth.k8s.nodes.ClusterModel;
import dev.berth.k8s.objects.GroupObject;
import dev.berth.k8s.objects.NodeObject;
import dev.berth.k8s.objects.PodObject;
import dev.berth.k8s.pods.GangKey;
import dev.berth.k8s.pods.PodNeed;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What objects mean. Called by one thread at a time. */
public interface Reading {
    /** Looks up groups while a pod is read. */
    interface Groups {
        /** The group, or null when there is none of that name. */
        @Nullable
        GroupObject find(String convention, String namespace, String name);
    }

    /** What a pod needs. */
    PodNeed need(PodObject pod, Groups groups);

    /** Groups that pods have declared, or declared anew, since this was asked last: pods that name them are to be read again. */
    default Set<GangKey> declared() {
        return Set.of();
    }

    /**
     * How many of some pods would be evicted in spite of a disruption budget.
     *
     * @param before pods that are evicted in any case, and first
     */
    default int budgetViolations(List<PodObject> before, List<PodObject> pods) {
        return 0;
    }

    /** The cluster that these nodes make. Changes nothing. */
    ClusterModel cluster(Collection<NodeObject> nodes);

    /** What is read from now on is read for this cluster. */
    void use(ClusterModel model);

    /** The state of a node. */
    NodeState stateOf(NodeObject node);

    /** Whether two versions of a node differ in nothing but what {@link #stateOf} says. */
    boolean isSameModel(NodeObject before, NodeObject after);

    /** UUIDs of the GPUs of a node by index, or null when not known; where units are parts of GPUs, that of the GPU for each unit. */
    @Nullable
    List<String> gpuUuids(String nodeName);

    /** How many units each GPU of a node makes, the first GPU the first ones: 1 where units are whole GPUs, 0 when it is not known. */
    default int unitsPerGpu(String nodeName) {
        return 1;
    }

    /** The index of the GPU that a MIG instance is of, by the instance's UUID; -1 when not known. */
    default int gpuOfInstance(String nodeName, String uuid) {
        return -1;
    }

    /** A node is there or has changed, for {@link #allowed}. */
    void nodeSeen(NodeObject node);

    /** A node is gone. */
    void nodeGone(String name);

    /** A pod is there or has changed. */
    void podSeen(PodObject pod);

    /** A pod is gone. */
    void podGone(PodRef pod);

    /** A pod that is not bound yet is going to stand on a node. */
    void podPlanned(PodObject pod, String nodeName);

    /** It is not. */
    void podUnplanned(PodRef pod);

    /** Names of the nodes where a pod may stand at all; null for all. Equal demands are answered with the same object while nothing changes. */
    @Nullable
    Collection<String> allowed(PodObject pod);

    /** What keeps a pod off nodes, in one sentence; empty when nothing does. */
    String whyNotAllowed(PodObject pod);
}
