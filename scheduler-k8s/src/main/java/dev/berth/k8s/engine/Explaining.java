package dev.berth.k8s.engine;

import dev.berth.placement.Placement;
import java.util.List;

/** Says of a pod what there is to say. */
final class Explaining {
    private Explaining() {}

    static Explanation explain(PodEntry entry, EngineSettings settings) {
        Placement placement = entry.placement;
        GangEntry gang = entry.gang;
        boolean isOurs = entry.wantsGpu()
                && (entry.stage == Stage.BOUND
                        || settings.schedulerNames().contains(entry.pod.spec().schedulerName()));
        RefusalText refusal = entry.refusal;
        boolean isWaiting = entry.stage == Stage.WAITING;
        return new Explanation(
                entry.ref.namespace(),
                entry.ref.name(),
                isOurs ? entry.stage.label() : "not ours",
                placement != null ? placement.nodeName() : entry.pod.spec().nodeName(),
                placement == null ? List.of() : placement.gpus(),
                entry.gpusKnown,
                gang == null ? null : gang.key.toString(),
                entry.rank,
                gang == null || gang.tier.isEmpty() || placement == null ? null : gang.tier,
                sentence(entry, isOurs, settings),
                isWaiting && refusal != null ? refusal.reasons() : List.of(),
                isWaiting && refusal != null ? refusal.wouldHelp() : List.of());
    }

    private static String sentence(PodEntry entry, boolean isOurs, EngineSettings settings) {
        if (!entry.wantsGpu()) {
            return "it asks for no GPU, so Berth does not decide where it stands";
        }
        if (!isOurs) {
            return "scheduler " + entry.pod.spec().schedulerName() + " places it; Berth counts it when it is bound";
        }
        if (entry.pod.isFinished()) {
            return "it has ended and holds nothing";
        }
        Placement placement = entry.placement;
        String place = placement == null ? "no node that Berth knows" : placement.nodeName() + place(placement);
        String gang = entry.gang == null || entry.gang.tier.isEmpty() || placement == null
                ? ""
                : "; all of its gang stands in one " + entry.gang.tier;
        return switch (entry.stage) {
            case WAITING -> waiting(entry, settings);
            case RESERVED -> place + " is held for it until kube-scheduler binds it" + gang;
            case RELEASING -> place + " is held for it, and its gate is being taken away" + gang;
            case RELEASED ->
                entry.why.isEmpty()
                        ? place + " is held for it, and kube-scheduler is about to bind it" + gang
                        : entry.why;
            case BINDING -> "it is being bound to " + place + gang;
            case BOUND ->
                "it stands on " + place + plan(entry) + gang
                        + (entry.ending.isEmpty() ? ending(entry) : "; " + entry.ending);
        };
    }

    /** What was planned, where the device plugin has chosen otherwise. */
    private static String plan(PodEntry entry) {
        Placement placement = entry.placement;
        return placement != null && entry.isElsewhere
                ? "; the device plugin chose them, planned were GPUs " + Register.stamped(entry, placement.nodeName())
                : "";
    }

    private static String ending(PodEntry entry) {
        return entry.pod.deleting() && entry.pod.status().preempted()
                ? "; kube-scheduler gives its place to a more important pod"
                : "";
    }

    private static String place(Placement placement) {
        return placement.gpus().isEmpty() ? ", which of its GPUs is not known" : ", GPUs " + placement.gpus();
    }

    private static String waiting(PodEntry entry, EngineSettings settings) {
        if (!entry.why.isEmpty()) {
            return entry.why;
        }
        if (entry.isGated(settings.gate())) {
            return "it is about to be planned";
        }
        String scheduler = entry.pod.status().unschedulable();
        return scheduler == null
                ? "kube-scheduler has not asked for it yet"
                : "kube-scheduler has not asked for it, and says: " + scheduler;
    }
}
