package dev.berth.k8s.pods;

import static dev.berth.k8s.pods.Pods.pod;
import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.k8s.objects.PodObject;
import dev.berth.placement.GpuDemand;
import dev.berth.placement.Request;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PodNeedsTest {
    /** A cluster with GPUs of 40,000 and 80,000 MiB, the small ones of model A, the large ones of model B. */
    private static final GpuSizes SIZES = (models, least) -> {
        if (least <= 40_000 && (models.isEmpty() || models.contains("A"))) {
            return 40_000;
        }
        return least <= 80_000 && (models.isEmpty() || models.contains("B")) ? 80_000 : 0;
    };

    private static GpuDemand whole(int count) {
        return new GpuDemand.Whole(count);
    }

    private static GpuDemand share(int milli) {
        return new GpuDemand.Share(milli);
    }

    private static void assertDemand(PodNeed need, GpuDemand demand) {
        assertThat(need.problem()).isNull();
        assertThat(need.wantsGpu()).isTrue();
        assertThat(need.request().gpus()).isEqualTo(demand);
    }

    private static void assertProblem(PodNeed need, String problem) {
        assertThat(need.problem()).isEqualTo(problem);
        assertThat(need.wantsGpu()).isTrue();
        assertThat(need.request().gpus()).isEqualTo(GpuDemand.NONE);
    }

    @Test
    void readsAllOfARequest() {
        PodNeed need = pod().asking("nvidia.com/gpu", "8")
                .asking("cpu", "1500m")
                .asking("memory", "1Ki")
                .asking("ephemeral-storage", "10G")
                .asking("rdma/hca", "1")
                .asking("example.com/fpga", "1")
                .annotation("berth.dev/gpu-model", "H100, H200,")
                .annotation("berth.dev/min-gpu-memory-mib", "70000")
                .spec("\"nodeSelector\": {\"pool\": \"a\"}")
                .need();
        assertThat(need)
                .isEqualTo(new PodNeed(
                        new Request(
                                whole(8),
                                1500,
                                1,
                                Map.of("pods", 1L, "ephemeral-storage", 10_000_000_000L, "rdma/hca", 1L),
                                Set.of("H100", "H200"),
                                70_000,
                                Map.of()),
                        true,
                        null,
                        -1,
                        null));
    }

    @Test
    void leavesPodsWithoutGpusToTheScheduler() {
        PodNeed need = pod().asking("cpu", "1")
                .annotation("berth.dev/gpu-model", "H100")
                .need();
        assertThat(need.wantsGpu()).isFalse();
        assertThat(need.request()).isEqualTo(Request.cpuOnly(1000, 0).withCounted(Map.of("pods", 1L)));
        assertThat(pod().asking("nvidia.com/gpu", "0").need().wantsGpu()).isFalse();
    }

    @Test
    void staysInTheRangesOfTheCore() {
        Request request = pod().asking("cpu", "9E")
                .asking("memory", "9E")
                .asking("ephemeral-storage", "9E")
                .need()
                .request();
        assertThat(request.cpuMilli()).isEqualTo(Integer.MAX_VALUE);
        assertThat(request.memoryMib()).isEqualTo(Integer.MAX_VALUE);
        assertThat(request.counted()).containsEntry("ephemeral-storage", 1L << 52);
    }

    @Test
    void equalPodsShareOneRequest() {
        PodNeeds needs = new PodNeeds(PodSettings.DEFAULT, GpuSizes.UNKNOWN);
        PodObject one = pod().asking("nvidia.com/gpu", "2").label("a", "1").read();
        PodObject other = pod().asking("nvidia.com/gpu", "2").label("a", "2").read();
        assertThat(needs.read(other, GroupLookup.NONE).request())
                .isSameAs(needs.read(one, GroupLookup.NONE).request());
    }

    @ParameterizedTest
    @CsvSource({
        "nvidia.com/gpu, 1",
        "nvidia.com/gpu.shared, 1",
        "amd.com/gpu, 8",
        "amd.com/cpx_nps4, 16",
        "amd.com/spx_nps1, 2",
        "volcano.sh/gpu-number, 4"
    })
    void countsWholeGpus(String resource, int count) {
        assertDemand(pod().asking(resource, String.valueOf(count)).need(), whole(count));
    }

    @Test
    void managedResourcesAreConfigured() {
        PodNeeds needs = new PodNeeds(
                new PodSettings(List.of("example.com/*gpu"), List.of("example.com/nic")), GpuSizes.UNKNOWN);
        PodNeed need = needs.read(
                pod().asking("example.com/big-gpu", "2")
                        .asking("example.com/nic", "1")
                        .read(),
                GroupLookup.NONE);
        assertDemand(need, whole(2));
        assertThat(need.request().counted()).isEqualTo(Map.of("example.com/nic", 1L));
        assertThat(needs.read(pod().asking("nvidia.com/gpu", "2").read(), GroupLookup.NONE)
                        .wantsGpu())
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "1g.5gb, 1g.5gb",
        "3g.40gb, 3g.40gb",
        "1g.10gb.me, 1g.10gb+me",
        "1g.24gb.gfx, 1g.24gb+gfx",
        "1g.24gb-me, 1g.24gb-me",
        "7g.141gb, 7g.141gb"
    })
    void readsMigProfilesAsTheCoreNamesThem(String suffix, String profile) {
        assertDemand(pod().asking("nvidia.com/mig-" + suffix, "1").need(), new GpuDemand.Mig(profile));
    }

    @Test
    void refusesWhatMigCannotBe() {
        assertProblem(
                pod().asking("nvidia.com/mig-1g.5gb", "2").need(),
                "requests of nvidia.com/mig-1g.5gb is 2, allowed: 1, because a pod gets one MIG instance");
        assertProblem(
                pod().asking("nvidia.com/mig-1c.3g.20gb", "1").need(),
                "requests is nvidia.com/mig-1c.3g.20gb, allowed: nvidia.com/mig-<g>g.<m>gb, also with a suffix such as .me");
        assertProblem(
                pod().asking("nvidia.com/mig-1g.5gb", "1")
                        .asking("nvidia.com/gpu", "1")
                        .need(),
                "requests for GPUs is [nvidia.com/gpu, nvidia.com/mig-1g.5gb], allowed: one kind of GPU resource in a pod");
        assertProblem(
                pod().asking("nvidia.com/mig-1g.5gb", "1")
                        .asking("nvidia.com/mig-2g.10gb", "1")
                        .need(),
                "requests for GPUs is [nvidia.com/mig-1g.5gb, nvidia.com/mig-2g.10gb], allowed: one kind of GPU resource in a pod");
        assertProblem(
                pod().asking("amd.com/gpu", "1").asking("nvidia.com/gpu", "1").need(),
                "requests for GPUs is [amd.com/gpu, nvidia.com/gpu], allowed: one kind of GPU resource in a pod");
        assertProblem(
                pod().asking("nvidia.com/gpu", "17").need(), "requests of nvidia.com/gpu is 17, allowed: 1 to 16");
    }

    @Test
    void readsOwnShares() {
        assertDemand(pod().annotation("berth.dev/gpu-milli", "250").need(), share(250));
        assertDemand(pod().annotation("berth.dev/gpu-milli", "1000").need(), whole(1));
        assertDemand(
                pod().annotation("berth.dev/gpu-milli", "250")
                        .asking("nvidia.com/gpu", "1")
                        .need(),
                share(250));
        assertProblem(
                pod().annotation("berth.dev/gpu-milli", "250")
                        .asking("nvidia.com/gpu", "2")
                        .need(),
                "requests of nvidia.com/gpu is 2, allowed: 1 of a whole GPU, or none, beside annotation berth.dev/gpu-milli");
        assertProblem(
                pod().annotation("berth.dev/gpu-milli", "0").need(),
                "annotation berth.dev/gpu-milli is 0, allowed: a whole number from 1 to 1000");
        assertProblem(
                pod().annotation("berth.dev/gpu-milli", "half").need(),
                "annotation berth.dev/gpu-milli is half, allowed: a whole number from 1 to 1000");
    }

    @Test
    void readsFractionsOfKai() {
        assertDemand(pod().annotation("gpu-fraction", "0.5").need(), share(500));
        assertDemand(pod().annotation("gpu-fraction", "0.3333").need(), share(334));
        assertDemand(pod().annotation("gpu-fraction", "1").need(), whole(1));
        assertDemand(
                pod().annotation("gpu-fraction", ".1")
                        .annotation("gpu-fraction-num-devices", "1")
                        .need(),
                share(100));
        assertProblem(
                pod().annotation("gpu-fraction", "1.5").need(),
                "annotation gpu-fraction is 1.5, allowed: a share of a GPU above 0, up to 1");
        assertProblem(
                pod().annotation("gpu-fraction", "-1").need(),
                "annotation gpu-fraction is -1, allowed: a share of a GPU above 0, up to 1");
        assertProblem(
                pod().annotation("gpu-fraction", "0.5")
                        .annotation("gpu-fraction-num-devices", "2")
                        .need(),
                "annotation gpu-fraction-num-devices is 2, allowed: a whole number from 1 to 1");
    }

    @Test
    void takesMemoryAsAShareOfTheSmallestGpuThatHasIt() {
        PodNeed small = pod().annotation("gpu-memory", "10000").need(SIZES);
        assertDemand(small, share(250));
        assertThat(small.request().minGpuMemoryMib()).isEqualTo(10_000);
        assertDemand(
                pod().annotation("gpu-memory", "10000")
                        .annotation("berth.dev/gpu-model", "B")
                        .need(SIZES),
                share(125));
        assertDemand(pod().annotation("gpu-memory", "60000").need(SIZES), share(750));
        assertDemand(pod().annotation("gpu-memory", "40000").need(SIZES), whole(1));
        assertDemand(
                pod().annotation("gpu-memory", "10000")
                        .annotation("berth.dev/min-gpu-memory-mib", "70000")
                        .need(SIZES),
                share(125));
        assertProblem(
                pod().annotation("gpu-memory", "90000").need(SIZES),
                "annotation gpu-memory is 90000 MiB, allowed: what a GPU of the cluster that the pod may use is known to have;"
                        + " annotation berth.dev/gpu-milli says a share without that");
    }

    @Test
    void readsVirtualGpusOfHami() {
        assertDemand(
                pod().asking("nvidia.com/gpu", "1")
                        .asking("nvidia.com/gpumem", "4000")
                        .need(SIZES),
                share(100));
        assertDemand(pod().asking("nvidia.com/gpumem-percentage", "30").need(), share(300));
        assertDemand(
                pod().asking("nvidia.com/gpu", "1")
                        .asking("nvidia.com/gpumem-percentage", "30")
                        .asking("nvidia.com/gpucores", "60")
                        .need(),
                share(600));
        // Without a word on memory, all of it.
        assertDemand(
                pod().asking("nvidia.com/gpu", "2")
                        .asking("nvidia.com/gpucores", "50")
                        .need(),
                whole(2));
        assertDemand(
                pod().asking("nvidia.com/gpu", "2")
                        .asking("nvidia.com/gpumem-percentage", "100")
                        .need(),
                whole(2));
        assertProblem(
                pod().asking("nvidia.com/gpu", "2")
                        .asking("nvidia.com/gpumem-percentage", "30")
                        .need(),
                "requests of nvidia.com/gpu is 2, allowed: 1 with a share of a GPU");
        assertProblem(
                pod().asking("nvidia.com/gpu", "1")
                        .asking("nvidia.com/gpucores", "101")
                        .need(),
                "requests of nvidia.com/gpucores is 101, allowed: 0 to 100");
    }

    @Test
    void readsVirtualGpusOfVolcano() {
        assertDemand(
                pod().asking("volcano.sh/vgpu-number", "1")
                        .asking("volcano.sh/vgpu-memory", "4000")
                        .need(SIZES),
                share(100));
        assertDemand(pod().asking("volcano.sh/vgpu-memory-percentage", "30").need(), share(300));
        assertDemand(pod().asking("volcano.sh/vgpu-number", "3").need(), whole(3));
        assertDemand(pod().asking("volcano.sh/gpu-memory", "8000").need(SIZES), share(200));
    }

    @Test
    void readsPercentsOfKoordinator() {
        assertDemand(pod().asking("koordinator.sh/gpu", "50").need(), share(500));
        assertDemand(pod().asking("koordinator.sh/gpu", "200").need(), whole(2));
        assertDemand(
                pod().asking("koordinator.sh/gpu-core", "50")
                        .asking("koordinator.sh/gpu-memory-ratio", "80")
                        .need(),
                share(800));
        assertDemand(
                pod().asking("koordinator.sh/gpu-core", "10")
                        .asking("koordinator.sh/gpu-memory", "8000Mi")
                        .need(SIZES),
                share(200));
        assertDemand(
                pod().asking("koordinator.sh/gpu.shared", "1")
                        .asking("koordinator.sh/gpu-memory-ratio", "50")
                        .need(),
                share(500));
        assertDemand(
                pod().asking("koordinator.sh/gpu.shared", "2")
                        .asking("koordinator.sh/gpu-memory-ratio", "200")
                        .need(),
                whole(2));
        assertProblem(
                pod().asking("koordinator.sh/gpu", "150").need(),
                "requests of koordinator.sh/gpu is 150, allowed: up to 100, or hundreds for whole GPUs");
        assertProblem(
                pod().asking("koordinator.sh/gpu.shared", "2")
                        .asking("koordinator.sh/gpu-core", "100")
                        .need(),
                "requests of koordinator.sh/gpu-core is 100, allowed: up to 100, or hundreds for whole GPUs");
    }

    @Test
    void tellsEachProblem() {
        assertThat(pod().asking("nvidia.com/gpu", "17")
                        .annotation("berth.dev/min-gpu-memory-mib", "much")
                        .need()
                        .problem())
                .isEqualTo(
                        "annotation berth.dev/min-gpu-memory-mib is much, allowed: a whole number from 0 to 2147483647;"
                                + " requests of nvidia.com/gpu is 17, allowed: 1 to 16");
    }
}
