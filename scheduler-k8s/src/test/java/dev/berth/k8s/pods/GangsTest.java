package dev.berth.k8s.pods;

import static dev.berth.k8s.pods.Pods.group;
import static dev.berth.k8s.pods.Pods.pod;
import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.k8s.objects.GroupObject;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each convention as its project documents it; see docs/kubernetes-pods.md. */
final class GangsTest {
    private static Pods gpuPod() {
        return pod().asking("nvidia.com/gpu", "1");
    }

    private static GangNeed gang(PodNeed need) {
        assertThat(need.problem()).isNull();
        assertThat(need.gang()).isNotNull();
        return need.gang();
    }

    private static void assertGang(PodNeed need, String convention, String name, int min, int total, int rank) {
        GangNeed gang = gang(need);
        assertThat(gang.key()).isEqualTo(new GangKey(convention, "ml", name));
        assertThat(List.of(gang.minTasks(), gang.totalTasks(), need.rank())).containsExactly(min, total, rank);
    }

    @Test
    void ownAnnotationsSayAll() {
        PodNeed need = gpuPod().annotation("berth.dev/gang", "g")
                .annotation("berth.dev/gang-size", "16")
                .annotation("berth.dev/gang-min", "8")
                .annotation("berth.dev/gang-timeout-seconds", "600")
                .annotation("berth.dev/rank", "3")
                .annotation("berth.dev/required-tier", "spine")
                .annotation("berth.dev/preferred-tier", "rack")
                .annotation("berth.dev/spread-tier", "power")
                .annotation("berth.dev/spread-domains", "2")
                .annotation("berth.dev/segment-tasks", "4")
                .annotation("berth.dev/segment-tier", "node")
                .annotation("berth.dev/same-model", "true")
                .annotation("berth.dev/same-labels", "nvidia.com/cuda.driver-version.full")
                .annotation("berth.dev/max-tasks-per-node", "4")
                .need();
        assertThat(gang(need))
                .isEqualTo(new GangNeed(
                        new GangKey("berth", "ml", "g"),
                        8,
                        16,
                        600,
                        "spine",
                        "rack",
                        "power",
                        2,
                        4,
                        "node",
                        true,
                        Set.of("nvidia.com/cuda.driver-version.full"),
                        false,
                        4));
        assertThat(need.rank()).isEqualTo(3);
    }

    @Test
    void ownGangNeedsASize() {
        assertGang(
                gpuPod().annotation("berth.dev/gang", "g")
                        .annotation("berth.dev/gang-size", "4")
                        .need(),
                "berth",
                "g",
                4,
                4,
                -1);
        assertGang(
                gpuPod().annotation("berth.dev/gang", "g")
                        .annotation("berth.dev/gang-min", "4")
                        .need(),
                "berth",
                "g",
                4,
                0,
                -1);
        assertThat(gpuPod().annotation("berth.dev/gang", "g").need().problem())
                .isEqualTo(
                        "annotation berth.dev/gang-size is absent, allowed: the number of pods of gang g, 1 or more");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "berth.dev/gang-size | x | annotation berth.dev/gang-size is x, allowed: a whole number from 1 to 1048576",
                "berth.dev/gang-min | 9 | annotation berth.dev/gang-min of gang g is 9, allowed: up to its size, 8",
                "berth.dev/rank | 8 | rank in gang g is 8, allowed: 0 to 7",
                "berth.dev/rank | -1 | annotation berth.dev/rank is -1, allowed: a whole number from 0 to 2147483647",
                "berth.dev/same-model | yes | annotation berth.dev/same-model is yes, allowed: true or false",
                "berth.dev/spread-domains | 2 | annotation berth.dev/spread-domains is 2, allowed: 1, because no spreadTier is given",
                "berth.dev/segment-tasks | 4 | annotation berth.dev/segment-tasks is 4, allowed: 1, because no segmentTier is given",
                "berth.dev/gang-timeout-seconds | 90000 | annotation berth.dev/gang-timeout-seconds is 90000, allowed: a whole number from"
                        + " 1 to 86400",
                "berth.dev/max-tasks-per-node | 0 | annotation berth.dev/max-tasks-per-node is 0, allowed: a whole number from 1 to 511"
            })
    void badValuesAreProblems(String annotation, String value, String problem) {
        PodNeed need = gpuPod().annotation("berth.dev/gang", "g")
                .annotation("berth.dev/gang-size", "8")
                .annotation(annotation, value)
                .need();
        assertThat(need.problem()).isEqualTo(problem);
        assertThat(need.gang()).isNotNull();
    }

    @Test
    void noneIsNoGang() {
        assertThat(gpuPod().annotation("berth.dev/gang", "none")
                        .annotation("scheduling.k8s.io/group-name", "g")
                        .need()
                        .gang())
                .isNull();
    }

    @Test
    void upstreamPodGroup() {
        Pods pod = gpuPod().spec("\"schedulingGroup\": {\"podGroupName\": \"g\"}")
                .label("batch.kubernetes.io/job-completion-index", "5");
        assertGang(pod.need(), "kubernetes", "g", 0, 0, 5);
        PodNeed need = pod.need(
                group(
                        "scheduling.k8s.io/v1alpha2",
                        "g",
                        "{\"schedulingPolicy\": {\"gang\": {\"minCount\": 8}}, \"schedulingConstraints\": {\"topology\": [{\"key\": \"rack\"}]}}"));
        assertGang(need, "kubernetes", "g", 8, 0, 5);
        assertThat(gang(need).requiredTier()).isEqualTo("rack");
        assertThat(pod.need(group("scheduling.k8s.io/v1beta1", "g", "{\"schedulingPolicy\": {\"basic\": {}}}"))
                        .gang())
                .isNull();
    }

    @Test
    void ownSizesHoldWithEveryConvention() {
        Pods pod = gpuPod().spec("\"schedulingGroup\": {\"podGroupName\": \"g\"}")
                .annotation("berth.dev/gang-size", "10")
                .annotation("berth.dev/required-tier", "leaf");
        GroupLookup group = group(
                "scheduling.k8s.io/v1alpha2",
                "g",
                "{\"schedulingPolicy\": {\"gang\": {\"minCount\": 8}}, \"schedulingConstraints\": {\"topology\": [{\"key\": \"rack\"}]}}");
        assertGang(pod.need(group), "kubernetes", "g", 10, 10, -1);
        assertThat(gang(pod.need(group)).requiredTier()).isEqualTo("leaf");
        assertGang(pod.annotation("berth.dev/gang-min", "9").need(group), "kubernetes", "g", 9, 10, -1);
    }

    @Test
    void schedulerPlugins() {
        Pods pod = gpuPod().label("scheduling.x-k8s.io/pod-group", "g");
        assertGang(pod.need(), "scheduler-plugins", "g", 0, 0, -1);
        PodNeed need = pod.need(
                group("scheduling.x-k8s.io/v1alpha1", "g", "{\"minMember\": 3, \"scheduleTimeoutSeconds\": 90}"));
        assertGang(need, "scheduler-plugins", "g", 3, 0, -1);
        assertThat(gang(need).timeoutSeconds()).isEqualTo(90);
    }

    @Test
    void volcano() {
        Pods pod = gpuPod().annotation("scheduling.k8s.io/group-name", "g")
                .annotation("volcano.sh/task-spec", "worker")
                .label("volcano.sh/task-index", "4");
        PodNeed need = pod.need(group(
                "scheduling.volcano.sh/v1beta1",
                "g",
                "{\"minMember\": 6, \"networkTopology\": {\"mode\": \"soft\", \"highestTierName\": \"rack\"}}"));
        assertGang(need, "volcano", "g", 6, 0, 4);
        assertThat(gang(need).preferredTier()).isEqualTo("rack");
        assertThat(gang(need).requiredTier()).isNull();
    }

    @Test
    void kai() {
        Pods pod = gpuPod().annotation("pod-group-name", "pg-train-1")
                .label("kai.scheduler/queue", "q")
                .annotation("kai.scheduler/topology-preferred-placement", "rack");
        PodNeed need = pod.need(group(
                "scheduling.run.ai/v2alpha2",
                "pg-train-1",
                "{\"minMember\": 4, \"topologyConstraint\": {\"requiredTopologyLevel\": \"block\"}}"));
        assertGang(need, "kai", "pg-train-1", 4, 0, -1);
        assertThat(gang(need).requiredTier()).isEqualTo("block");
        assertThat(gang(need).preferredTier()).isEqualTo("rack");
        assertGang(pod.annotation("kai.scheduler/batch-min-member", "2").need(), "kai", "pg-train-1", 2, 0, -1);
    }

    @Test
    void koordinator() {
        PodNeed need = gpuPod().annotation("gang.scheduling.koordinator.sh/name", "g")
                .annotation("gang.scheduling.koordinator.sh/min-available", "4")
                .annotation("gang.scheduling.koordinator.sh/total-number", "6")
                .annotation("gang.scheduling.koordinator.sh/waiting-time", "1m30s")
                .annotation("gang.scheduling.koordinator.sh/network-topology-index", "2")
                .annotation(
                        "gang.scheduling.koordinator.sh/network-topology-spec",
                        "{\"gatherStrategy\": [{\"layer\": \"BlockLayer\", \"strategy\": \"PreferGather\"},"
                                + " {\"layer\": \"SpineLayer\", \"strategy\": \"MustGather\"}]}")
                .need();
        assertGang(need, "koordinator", "g", 4, 6, 2);
        assertThat(gang(need).timeoutSeconds()).isEqualTo(90);
        assertThat(gang(need).requiredTier()).isEqualTo("spine");
        assertThat(gang(need).preferredTier()).isEqualTo("block");
        assertGang(
                gpuPod().label("pod-group.scheduling.sigs.k8s.io/name", "g")
                        .label("pod-group.scheduling.sigs.k8s.io/min-available", "3")
                        .need(),
                "koordinator",
                "g",
                3,
                3,
                -1);
        assertThat(gpuPod().annotation("gang.scheduling.koordinator.sh/name", "g")
                        .annotation("gang.scheduling.koordinator.sh/min-available", "4")
                        .annotation("gang.scheduling.koordinator.sh/waiting-time", "soon")
                        .need()
                        .problem())
                .isEqualTo(
                        "annotation gang.scheduling.koordinator.sh/waiting-time is soon, allowed: a length of time such as 90s or 1h30m");
    }

    @Test
    void yunikorn() {
        String groups = "[{\"name\": \"driver\", \"minMember\": 1, \"minResource\": {\"cpu\": 1}},"
                + " {\"name\": \"executor\", \"minMember\": 5, \"tolerations\": []}]";
        Pods driver = gpuPod().label("applicationId", "spark-7")
                .annotation("yunikorn.apache.org/task-group-name", "driver")
                .annotation("yunikorn.apache.org/task-groups", groups)
                .annotation(
                        "yunikorn.apache.org/schedulingPolicyParameters",
                        "placeholderTimeoutInSeconds=60 gangSchedulingStyle=Hard");
        assertGang(driver.need(), "yunikorn", "spark-7/driver", 1, 0, -1);
        assertThat(gang(driver.need()).timeoutSeconds()).isEqualTo(60);
        List<GroupObject> declared = PodNeeds.declaredGroups(driver.read());
        assertThat(declared).extracting(GroupObject::name).containsExactly("spark-7/driver", "spark-7/executor");
        Pods executor = gpuPod().annotation("yunikorn.apache.org/app-id", "spark-7")
                .annotation("yunikorn.apache.org/task-group-name", "executor");
        assertGang(executor.need(), "yunikorn", "spark-7/executor", 0, 0, -1);
        assertGang(executor.need(Pods.only(declared.get(1))), "yunikorn", "spark-7/executor", 5, 0, -1);
        assertThat(driver.annotation("yunikorn.apache.org/task-groups", "[{]")
                        .need()
                        .problem())
                .isEqualTo(
                        "annotation yunikorn.apache.org/task-groups is [{], allowed: [{\"name\": ..., \"minMember\": ...}] in JSON");
    }

    @Test
    void kueue() {
        PodNeed need = gpuPod().label("kueue.x-k8s.io/pod-group-name", "g")
                .annotation("kueue.x-k8s.io/pod-group-total-count", "8")
                .label("kueue.x-k8s.io/pod-group-pod-index", "7")
                .annotation("kueue.x-k8s.io/podset-required-topology", "block")
                .annotation("kueue.x-k8s.io/podset-slice-required-topology", "rack")
                .annotation("kueue.x-k8s.io/podset-slice-size", "2")
                .need();
        assertGang(need, "kueue", "g", 8, 8, 7);
        assertThat(gang(need).requiredTier()).isEqualTo("block");
        assertThat(gang(need).segmentTier()).isEqualTo("rack");
        assertThat(gang(need).segmentTasks()).isEqualTo(2);
        assertThat(gpuPod().label("kueue.x-k8s.io/pod-group-name", "g").need().problem())
                .isEqualTo(
                        "annotation kueue.x-k8s.io/pod-group-total-count is absent, allowed: the number of pods of group g, 1 or more");
    }

    private static Pods ofJobSet() {
        return gpuPod().ownedBy("Job", "train-workers-1")
                .label("jobset.sigs.k8s.io/jobset-name", "train")
                .label("jobset.sigs.k8s.io/job-key", "f00")
                .label("jobset.sigs.k8s.io/job-global-index", "1")
                .label("jobset.sigs.k8s.io/global-replicas", "2")
                .label("batch.kubernetes.io/job-completion-index", "3");
    }

    @Test
    void jobSet() {
        assertThat(ofJobSet().need().gang()).isNull();
        assertGang(ofJobSet().annotation("berth.dev/gang-size", "8").need(), "jobset", "train", 8, 8, 7);
        PodNeed exclusive = ofJobSet()
                .annotation("alpha.jobset.sigs.k8s.io/exclusive-topology", "rack")
                .need();
        assertGang(exclusive, "jobset", "train/f00", 1, 0, 3);
        assertThat(gang(exclusive).requiredTier()).isEqualTo("rack");
    }

    @Test
    void leaderWorkerSet() {
        Pods worker = gpuPod().label("leaderworkerset.sigs.k8s.io/name", "serve")
                .label("leaderworkerset.sigs.k8s.io/group-index", "2")
                .label("leaderworkerset.sigs.k8s.io/worker-index", "3")
                .annotation("leaderworkerset.sigs.k8s.io/size", "8");
        assertGang(worker.need(), "leader-worker-set", "serve/2", 8, 8, 3);
        PodNeed segments = worker.annotation("leaderworkerset.sigs.k8s.io/subgroup-size", "4")
                .annotation("leaderworkerset.sigs.k8s.io/subgroup-exclusive-topology", "rack")
                .need();
        assertThat(gang(segments).segmentTier()).isEqualTo("rack");
        assertThat(gang(segments).segmentTasks()).isEqualTo(4);
        PodNeed exclusive = worker.annotation("leaderworkerset.sigs.k8s.io/exclusive-topology", "block")
                .need();
        assertGang(exclusive, "leader-worker-set", "serve/2", 1, 8, 3);
        assertThat(gang(exclusive).requiredTier()).isEqualTo("block");
    }

    @Test
    void grove() {
        Pods pod = gpuPod().label("grove.io/podgang", "inference-0");
        assertGang(pod.need(), "grove", "inference-0", 0, 0, -1);
        assertGang(
                pod.need(
                        group("scheduler.grove.io/v1alpha1", "inference-0", "{\"podgroups\": [{\"minReplicas\": 3}]}")),
                "grove",
                "inference-0",
                3,
                0,
                -1);
    }

    @Test
    void plainJobsOnlyWhenTheySaySo() {
        Pods job = gpuPod().ownedBy("Job", "train")
                .label("batch.kubernetes.io/job-name", "train")
                .annotation("batch.kubernetes.io/job-completion-index", "2");
        assertThat(job.need().gang()).isNull();
        assertGang(job.annotation("berth.dev/gang-size", "4").need(), "owner", "train/owner-uid", 4, 4, 2);
        assertThat(gpuPod().annotation("berth.dev/gang-size", "4").need().problem())
                .isEqualTo(
                        "annotation berth.dev/gang is absent, allowed: the gang's name, because the pod has no owner");
    }

    @Test
    void firstConventionCounts() {
        Pods all = gpuPod().label("grove.io/podgang", "x")
                .label("kueue.x-k8s.io/pod-group-name", "kueue")
                .annotation("kueue.x-k8s.io/pod-group-total-count", "2")
                .annotation("pod-group-name", "kai");
        assertThat(gang(all.need()).key().convention()).isEqualTo("kai");
        all.annotation("scheduling.k8s.io/group-name", "volcano");
        assertThat(gang(all.need()).key().convention()).isEqualTo("volcano");
        all.label("scheduling.x-k8s.io/pod-group", "plugins");
        assertThat(gang(all.need()).key().convention()).isEqualTo("scheduler-plugins");
        all.spec("\"schedulingGroup\": {\"podGroupName\": \"g\"}");
        assertThat(gang(all.need()).key().convention()).isEqualTo("kubernetes");
        all.annotation("berth.dev/gang", "own").annotation("berth.dev/gang-size", "2");
        assertThat(gang(all.need()).key().convention()).isEqualTo("berth");
    }
}
