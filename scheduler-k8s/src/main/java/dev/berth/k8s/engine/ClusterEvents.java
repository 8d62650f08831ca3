package dev.berth.k8s.engine;

import dev.berth.k8s.objects.GroupObject;
import dev.berth.k8s.objects.NodeObject;
import dev.berth.k8s.objects.PodObject;
import java.util.Collection;

/** What is seen in the cluster. Thread-safe; calls for one object come in the order in which it changed. Saying the same again changes nothing. */
public interface ClusterEvents {
    /** A node is there, or has changed. */
    void nodeSeen(NodeObject node);

    /** A node is gone. */
    void nodeGone(String name);

    /** A pod is there, or has changed. */
    void podSeen(PodObject pod);

    /** A pod is gone. */
    void podGone(PodRef pod);

    /** A group is there, or has changed. */
    void groupSeen(GroupObject group);

    /** A group is gone. */
    void groupGone(String convention, String namespace, String name);

    /**
     * Something has changed of which the engine knows nothing and its {@link Reading} does: volumes, topology objects.
     *
     * @param change makes the change known to the reading; run while nobody else reads
     * @param changesCluster whether the cluster must be read anew
     */
    void factSeen(Runnable change, boolean changesCluster);

    /**
     * Which GPUs some pods really have. Says nothing of pods that it does not name: what was said of them before goes on to hold, as the GPUs of a pod do not change. Of a pod that
     * has not been seen yet nothing is kept, so sources tell again and again.
     */
    void gpusSeen(Collection<GpuReport> reports);

    /** Everything that there is has been seen once: deciding may begin. Called once. */
    void synced();

    /** This replica leads from now on. What it holds is rebuilt from what was seen before it decides anything. */
    void lead();

    /** This replica leads no longer: it decides nothing, and forgets what is not bound. */
    void follow();

    /** Time has passed. Called several times a second; what is due is done. */
    void tick();
}
