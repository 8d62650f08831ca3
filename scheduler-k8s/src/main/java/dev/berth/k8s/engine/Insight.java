package dev.berth.k8s.engine;

import java.util.List;
import java.util.Optional;

/** What the engine says of itself. Thread-safe. */
public interface Insight {
    /** Whether it leads and has seen everything: what readiness is. */
    boolean isReady();

    /** Whether it has seen everything, and so could lead at once: what a replica that waits is good for. */
    default boolean isSynced() {
        return isReady();
    }

    /** Why a pod stands where it stands, or not yet; empty when there is no such pod. */
    Optional<Explanation> why(String namespace, String podName);

    /** All that the live page shows. */
    ClusterView view();

    /** Decisions after that of a number, oldest first; the oldest ones are forgotten. */
    List<Decision> decisionsAfter(long sequence);

    /** Has a listener called after each decision, from any thread; it must return at once. The returned handle ends it. */
    AutoCloseable onDecision(Runnable listener);

    /** Figures of now. */
    Figures figures();

    /**
     * Figures for metrics. Counters never fall while the process lives.
     *
     * @param gpus GPUs of all nodes that take pods
     * @param gpusHeldMilli what is held of them in 1/1000
     * @param podsWaiting pods without a place
     * @param podsHeld pods that have a place and are not bound yet
     * @param podsBound pods that are bound
     * @param gangsWaiting gangs without places
     * @param placed counter of pods that were given a place
     * @param refused counter of pods that found none when they first asked
     * @param driftRepairs counter of differences between the book and the cluster that were found and repaired
     * @param healed counter of pods deleted to be made anew, because what they were promised was gone
     * @param expired counter of reservations that were given up
     * @param overcommittedNodes nodes on which pods hold more than there is
     * @param podsGpusKnown bound pods with GPUs, whole or in part, of which it was read back which ones they have
     * @param podsGpusNotKnown the other bound pods with GPUs: they are accounted to those that they were planned for
     * @param podsOnOtherGpus pods of {@code podsGpusKnown} to which the device plugin gave other GPUs than those planned
     * @param gpuReportsIgnored counter of pods of which what was read back could not be, by number, node or another pod's
     */
    record Figures(
            long gpus,
            long gpusHeldMilli,
            int podsWaiting,
            int podsHeld,
            int podsBound,
            int gangsWaiting,
            long placed,
            long refused,
            long driftRepairs,
            long healed,
            long expired,
            int overcommittedNodes,
            int podsGpusKnown,
            int podsGpusNotKnown,
            int podsOnOtherGpus,
            long gpuReportsIgnored) {}
}
