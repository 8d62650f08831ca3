package dev.berth.k8s.objects;

import java.util.Set;

/**
 * The annotations of pods that are kept: those that say what a pod needs or which gang it belongs to, by any convention that Berth reads.
 * All others, some of which are large ({@code kubectl.kubernetes.io/last-applied-configuration}), are dropped when a pod is read. An
 * annotation that is to be read anywhere must stand here.
 */
public final class PodAnnotations {
    /** What all annotations and labels of Berth's own start with; all of them are kept. */
    public static final String BERTH = "berth.dev/";

    private static final Set<String> KEPT = Set.of(
            // KAI-Scheduler: fractions, group, topology
            "gpu-fraction",
            "gpu-memory",
            "gpu-fraction-num-devices",
            "pod-group-name",
            "kai.scheduler/batch-min-member",
            "kai.scheduler/topology-required-placement",
            "kai.scheduler/topology-preferred-placement",
            "kai.scheduler/segment-size",
            "kai.scheduler/segment-topology-required-placement",
            // Volcano
            "scheduling.k8s.io/group-name",
            "scheduling.volcano.sh/group-name",
            "volcano.sh/task-index",
            // Koordinator
            "gang.scheduling.koordinator.sh/name",
            "gang.scheduling.koordinator.sh/min-available",
            "gang.scheduling.koordinator.sh/total-number",
            "gang.scheduling.koordinator.sh/waiting-time",
            GatherRules.ANNOTATION,
            "gang.scheduling.koordinator.sh/network-topology-index",
            // YuniKorn
            "yunikorn.apache.org/app-id",
            "yunikorn.apache.org/task-group-name",
            "yunikorn.apache.org/task-groups",
            "yunikorn.apache.org/schedulingPolicyParameters",
            // Kueue
            "kueue.x-k8s.io/pod-group-total-count",
            "kueue.x-k8s.io/podset-required-topology",
            "kueue.x-k8s.io/podset-preferred-topology",
            "kueue.x-k8s.io/podset-slice-required-topology",
            "kueue.x-k8s.io/podset-slice-size",
            // JobSet
            "alpha.jobset.sigs.k8s.io/exclusive-topology",
            "jobset.sigs.k8s.io/jobset-name",
            "jobset.sigs.k8s.io/job-key",
            "jobset.sigs.k8s.io/job-global-index",
            "jobset.sigs.k8s.io/global-replicas",
            // LeaderWorkerSet
            "leaderworkerset.sigs.k8s.io/size",
            "leaderworkerset.sigs.k8s.io/exclusive-topology",
            "leaderworkerset.sigs.k8s.io/subgroup-exclusive-topology",
            "leaderworkerset.sigs.k8s.io/subgroup-size",
            // Grove
            "grove.io/podgang",
            // Job
            "batch.kubernetes.io/job-completion-index");

    private PodAnnotations() {}

    /** Whether an annotation of a pod is kept. */
    public static boolean isKept(String key) {
        return key.startsWith(BERTH) || KEPT.contains(key);
    }
}
