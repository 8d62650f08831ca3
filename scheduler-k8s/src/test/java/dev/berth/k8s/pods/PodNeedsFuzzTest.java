package dev.berth.k8s.pods;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.berth.k8s.objects.BadObjectException;
import dev.berth.k8s.objects.GroupObject;
import dev.berth.k8s.objects.PodJson;
import dev.berth.k8s.objects.PodObject;
import dev.berth.placement.GangRequest;
import java.util.List;

/** Whatever a pod says, there is a need, with a problem of one line at worst. */
final class PodNeedsFuzzTest {
    private static final PodNeeds NEEDS =
            new PodNeeds(PodSettings.DEFAULT, (models, least) -> least <= 80_000 ? 80_000 : 0);

    private static final List<String> KEYS = List.of(
            "berth.dev/gang",
            "berth.dev/gang-size",
            "berth.dev/gang-min",
            "berth.dev/gang-timeout-seconds",
            "berth.dev/rank",
            "berth.dev/required-tier",
            "berth.dev/spread-tier",
            "berth.dev/spread-domains",
            "berth.dev/segment-tasks",
            "berth.dev/segment-tier",
            "berth.dev/same-model",
            "berth.dev/rail-aligned",
            "berth.dev/max-tasks-per-node",
            "berth.dev/gpu-milli",
            "berth.dev/gpu-model",
            "berth.dev/min-gpu-memory-mib",
            "gpu-fraction",
            "gpu-memory",
            "gpu-fraction-num-devices",
            "pod-group-name",
            "kai.scheduler/batch-min-member",
            "kai.scheduler/segment-size",
            "kai.scheduler/segment-topology-required-placement",
            "scheduling.k8s.io/group-name",
            "volcano.sh/task-index",
            "scheduling.x-k8s.io/pod-group",
            "gang.scheduling.koordinator.sh/name",
            "gang.scheduling.koordinator.sh/min-available",
            "gang.scheduling.koordinator.sh/waiting-time",
            "gang.scheduling.koordinator.sh/network-topology-spec",
            "yunikorn.apache.org/app-id",
            "yunikorn.apache.org/task-group-name",
            "yunikorn.apache.org/task-groups",
            "yunikorn.apache.org/schedulingPolicyParameters",
            "kueue.x-k8s.io/pod-group-name",
            "kueue.x-k8s.io/pod-group-total-count",
            "kueue.x-k8s.io/podset-slice-required-topology",
            "kueue.x-k8s.io/podset-slice-size",
            "jobset.sigs.k8s.io/jobset-name",
            "jobset.sigs.k8s.io/job-global-index",
            "jobset.sigs.k8s.io/global-replicas",
            "alpha.jobset.sigs.k8s.io/exclusive-topology",
            "leaderworkerset.sigs.k8s.io/name",
            "leaderworkerset.sigs.k8s.io/group-index",
            "leaderworkerset.sigs.k8s.io/size",
            "leaderworkerset.sigs.k8s.io/subgroup-size",
            "leaderworkerset.sigs.k8s.io/subgroup-exclusive-topology",
            "grove.io/podgang",
            "batch.kubernetes.io/job-completion-index");

    private static final List<String> RESOURCES = List.of(
            "nvidia.com/gpu",
            "nvidia.com/mig-1g.5gb",
            "nvidia.com/gpumem",
            "nvidia.com/gpumem-percentage",
            "nvidia.com/gpucores",
            "volcano.sh/vgpu-number",
            "volcano.sh/vgpu-memory",
            "volcano.sh/gpu-memory",
            "koordinator.sh/gpu",
            "koordinator.sh/gpu.shared",
            "koordinator.sh/gpu-core",
            "koordinator.sh/gpu-memory",
            "cpu",
            "memory",
            "ephemeral-storage");

    private static final List<String> VALUES = List.of(
            "0",
            "1",
            "2",
            "4",
            "8",
            "100",
            "0.5",
            "1.5",
            "-1",
            "true",
            "none",
            "island",
            "rack",
            "x",
            "90s",
            "1h",
            "99999999999",
            "[{\"name\": \"x\", \"minMember\": 3}]",
            "{\"gatherStrategy\": [{\"layer\": \"BlockLayer\", \"strategy\": \"MustGather\"}]}",
            "placeholderTimeoutInSeconds=5");

    @FuzzTest(maxDuration = "60s")
    @DictionaryEntries({
        "\"metadata\":{\"annotations\":{",
        "\"berth.dev/gang\":\"g\"",
        "\"berth.dev/gang-size\":\"8\"",
        "\"spec\":{\"containers\":[{\"resources\":{\"limits\":{\"nvidia.com/gpu\":\"1\""
    })
    void anyPod(byte[] bytes) {
        PodObject pod;
        try {
            pod = PodJson.parse(bytes);
        } catch (BadObjectException expected) {
            return;
        }
        require(pod, GroupLookup.NONE);
    }

    @FuzzTest(maxDuration = "60s")
    void podsByTheirForm(FuzzedDataProvider data) {
        Pods pod = Pods.pod();
        for (int i = data.consumeInt(0, 12); i > 0; i--) {
            String key = data.pickValue(KEYS);
            String value = data.consumeBoolean()
                    ? data.pickValue(VALUES)
                    : data.consumeAsciiString(12).replaceAll("\\p{Cntrl}", " ");
            if (data.consumeBoolean()) {
                pod.label(key, value);
            } else {
                pod.annotation(key, value);
            }
        }
        for (int i = data.consumeInt(0, 4); i > 0; i--) {
            pod.asking(
                    data.pickValue(RESOURCES), data.pickValue(List.of("0", "1", "2", "50", "100", "200", "8Gi", "9E")));
        }
        if (data.consumeBoolean()) {
            pod.spec("\"schedulingGroup\": {\"podGroupName\": \"x\"}");
        }
        int min = data.consumeInt(0, Integer.MAX_VALUE);
        String tier = data.pickValue(VALUES);
        require(
                pod.read(),
                (convention, namespace, name) ->
                        new GroupObject(convention, namespace, name, "u", min, min, tier, null));
    }

    private static void require(PodObject pod, GroupLookup groups) {
        PodNeed need = NEEDS.read(pod, groups);
        if (!need.equals(NEEDS.read(pod, groups))) {
            throw new AssertionError("it is read as something else the second time: " + need);
        }
        String problem = need.problem();
        if (problem != null && !problem.matches("[^\\p{Cntrl}]+ is [^\\p{Cntrl}]*, allowed: [^\\p{Cntrl}]+")) {
            throw new AssertionError("the problem is not one line with field, value and what is allowed: " + problem);
        }
        GangNeed gang = need.gang();
        if (gang != null && problem == null) {
            int total = Math.max(Math.max(1, gang.minTasks()), gang.totalTasks());
            if (gang.minTasks() > GangRequest.MAX_TASKS || total > GangRequest.MAX_TASKS || need.rank() < -1) {
                throw new AssertionError("numbers are out of range though there is no problem: " + need);
            }
        }
        PodNeeds.declaredGroups(pod);
    }
}
