package dev.berth.k8s.pods;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.k8s.objects.PodJson;
import dev.berth.placement.GpuDemand;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class PodNeedsTest {
    private final PodNeeds needs = new PodNeeds(PodSettings.DEFAULT, GpuSizes.UNKNOWN);

    private PodNeed need(String json) throws Exception {
        return needs.read(PodJson.parse(json.getBytes(StandardCharsets.UTF_8)), GroupLookup.NONE);
    }

    @Test
    void readsWholeGpusAndOneGang() throws Exception {
        PodNeed need = need("""
                {"metadata": {"namespace": "ml", "name": "a", "annotations": {
                   "berth.dev/gang": "g", "berth.dev/gang-size": "8", "berth.dev/rank": "3", "berth.dev/required-tier": "rack"}},
                 "spec": {"containers": [{"resources": {"limits": {"nvidia.com/gpu": "8", "cpu": "1500m", "memory": "1Ki"}}}]}}
                """);
        assertThat(need.problem()).isNull();
        assertThat(need.wantsGpu()).isTrue();
        assertThat(need.request().gpus()).isEqualTo(new GpuDemand.Whole(8));
        assertThat(need.request().cpuMilli()).isEqualTo(1500);
        assertThat(need.request().memoryMib()).isEqualTo(1);
        assertThat(need.request().counted()).containsOnly(java.util.Map.entry("pods", 1L));
        assertThat(need.gang()).isNotNull();
        assertThat(need.gang().key()).isEqualTo(new GangKey("berth", "ml", "g"));
        assertThat(need.gang().minTasks()).isEqualTo(8);
        assertThat(need.gang().requiredTier()).isEqualTo("rack");
        assertThat(need.rank()).isEqualTo(3);
    }
}
