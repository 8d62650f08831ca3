package dev.berth.k8s.engine;

import dev.berth.k8s.objects.PodObject;
import dev.berth.k8s.pods.GangKey;
import dev.berth.k8s.pods.PodNeed;
import dev.berth.placement.Placement;
import org.jspecify.annotations.Nullable;

/** What the engine knows of one pod. Mutable; touched under the engine's lock. */
final class PodEntry {
    final PodRef ref;
    PodObject pod;

    @Nullable
    PodNeed need;

    @Nullable
    GangEntry gang;

    /** The group object that it names, whether or not there is one. */
    @Nullable
    GangKey group;

    Stage stage = Stage.WAITING;

    @Nullable
    Placement placement;

    /** What the last write that releases it says. */
    @Nullable
    Placement sent;

    /** Whether the informer has seen it: a filter may be earlier. */
    boolean seen;
    /** Of a pod that is being created: how long it may remain unseen. */
    long expectedUntil;
    /** Whether the policy has counted it as an arrival. */
    boolean arrived;
    /** Whether the GPUs of the placement were read back from the node. */
    boolean gpusKnown;
    /** Whether these are others than those that it was planned for. */
    boolean isElsewhere;
    /** What was last read back of it; it holds for every later book, as the GPUs of a pod never change while it runs. */
    @Nullable
    GpuReport report;

    /** Why what was read back of it is not used; empty when nothing is wrong with it. */
    String ignored = "";
    /** Whether it is accounted to other GPUs than those that it was planned for, because another pod is known to have one of these. */
    boolean isAside;
    /** Which version of the book last refused it. */
    long refusedAt = -1;
    /** Why it has no place, in one sentence; empty when nothing was found out. */
    String why = "";

    @Nullable
    RefusalText refusal;
    /** What was last told to people, so that nothing is told twice. */
    String told = "";
    /** When it was first refused, by the measuring clock; -1 when it was not. */
    long refusedSince = -1;
    /** When what is held for it is given up, or what is awaited is late; by the measuring clock. */
    long due = Long.MAX_VALUE;
    /** When a write is tried again. */
    long retryAt = Long.MAX_VALUE;
    /** Since when the scheduler has refused the place that it was released for, -1 when it has not. */
    long stuckSince = -1;

    /** Why it is taken away although it runs, or cannot go on; empty when neither. */
    String ending = "";

    /** Whether it was taken out of the queue, so that it is not nominated ahead any more. */
    boolean hasLeftQueue;
    /** The node that it is nominated for ahead, or null. */
    @Nullable
    String nominated;

    /** Whether a write of its nomination is under way. */
    boolean isNominating;

    Writes.How how = Writes.How.PIN;
    boolean healing;
    /** Whether the place that its annotations name was given up. */
    boolean isGivenUp;
    /** Rank in its gang as it was given, -1 without. */
    int rank = -1;
    /** Order among those of one priority. */
    final long order;

    final int priority;

    PodEntry(PodRef ref, PodObject pod, long order) {
        this.ref = ref;
        this.pod = pod;
        this.order = order;
        priority = pod.spec().priority();
    }

    boolean isGated(String gate) {
        return pod.spec().schedulingGates().contains(gate);
    }

    boolean isOnlyGate(String gate) {
        return pod.spec().schedulingGates().size() == 1 && isGated(gate);
    }

    boolean wantsGpu() {
        return need != null && need.wantsGpu();
    }

    @Override
    public String toString() {
        return ref + " " + stage.label() + (placement == null ? "" : " " + placement.nodeName() + placement.gpus());
    }
}
