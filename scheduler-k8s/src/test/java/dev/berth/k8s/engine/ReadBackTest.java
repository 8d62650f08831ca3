package dev.berth.k8s.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.k8s.engine.GpuReport.Device;
import dev.berth.k8s.objects.PodObject;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What comes of a report: pods that were planned for some GPUs, and of which it is then said which ones they have. */
class ReadBackTest {
    private static final String NODE = "node-1";

    private final ModelCluster model = new ModelCluster(2);

    @BeforeEach
    void aNodeOfEight() {
        model.node(NODE, 8, Map.of(), true);
        model.restart(EngineSettings.DEFAULT);
    }

    private PodObject bound(String name, int gpus) {
        model.create(name, gpus, true, true, 0, Map.of(), null);
        settle();
        model.schedulable().forEach(model::schedule);
        settle();
        PodObject pod = model.pods.values().stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElseThrow();
        assertThat(pod.isBound()).isTrue();
        return pod;
    }

    private void settle() {
        boolean more = true;
        while (more) {
            model.engine.work();
            more = model.deliver() || model.serve() || model.answer();
        }
    }

    private static GpuReport report(PodObject pod, long seenMillis, Integer... gpus) {
        return new GpuReport(
                "default",
                pod.name(),
                "",
                NODE,
                Arrays.stream(gpus).map(gpu -> new Device("", gpu)).toList(),
                seenMillis);
    }

    private void told(GpuReport... reports) {
        model.engine.gpusSeen(List.of(reports));
    }

    private Explanation why(PodObject pod) {
        return model.engine.why("default", pod.name()).orElseThrow();
    }

    private void stands(PodObject pod, boolean isKnown, Integer... gpus) {
        assertThat(why(pod).gpus()).as(pod.name()).containsExactly(gpus);
        assertThat(why(pod).gpusKnown()).as(pod.name()).isEqualTo(isKnown);
    }

    @Test
    void whatWasOnlyPlannedMakesWayForWhatIsKnown() {
        PodObject a = bound("a", 2);
        PodObject b = bound("b", 2);
        stands(a, false, 0, 1);
        stands(b, false, 2, 3);
        told(report(a, 100_000, 2, 3));
        stands(a, true, 2, 3);
        assertThat(why(b).gpusKnown()).isFalse();
        assertThat(why(b).gpus()).hasSize(2).doesNotContain(2, 3);
        assertThat(why(a).sentence())
                .isEqualTo("it stands on node-1, GPUs [2, 3]; the device plugin chose them, planned were GPUs [0, 1]");
        told(report(b, 100_000, 0, 7));
        stands(b, true, 0, 7);
        Insight.Figures figures = model.engine.figures();
        assertThat(figures.podsGpusKnown()).isEqualTo(2);
        assertThat(figures.podsGpusNotKnown()).isZero();
        assertThat(figures.podsOnOtherGpus()).isEqualTo(2);
        assertThat(figures.gpuReportsIgnored()).isZero();
        PodObject c = bound("c", 4);
        stands(c, false, 1, 4, 5, 6);
    }

    @Test
    void asPlannedIsNotOtherThanPlanned() {
        PodObject a = bound("a", 2);
        told(report(a, 100_000, 1, 0));
        stands(a, true, 0, 1);
        assertThat(model.engine.figures().podsOnOtherGpus()).isZero();
        assertThat(why(a).sentence()).isEqualTo("it stands on node-1, GPUs [0, 1]");
    }

    @Test
    void whatCannotBeIsIgnoredAndCountedOnce() {
        model.node("node-2", 8, Map.of(), false);
        settle();
        PodObject a = bound("a", 2);
        for (int again = 0; again < 2; again++) {
            told(report(a, 100_000, 0, 1, 2));
        }
        assertThat(model.engine.figures().gpuReportsIgnored()).isEqualTo(1);
        told(report(a, 100_000, 0, 8));
        told(new GpuReport("default", "a", "", "node-2", List.of(new Device("", 4), new Device("", 5)), 100_000));
        told(new GpuReport("default", "a", "uid-of-another", NODE, List.of(new Device("", 4)), 100_000));
        told(new GpuReport("other", "a", "", NODE, List.of(new Device("", 4)), 100_000));
        stands(a, false, 0, 1);
        assertThat(model.engine.figures().gpuReportsIgnored()).isEqualTo(3);
        told(new GpuReport(
                "default", "a", a.uid(), "dcgm-exporter-x", List.of(new Device("", 4), new Device("", 5)), 150_000));
        stands(a, true, 4, 5);
        told(report(a, 200_000, 0, 1, 2));
        stands(a, true, 4, 5);
    }

    @Test
    void whatWasSaidOfAnEarlierPodOfThatNameIsNotUsed() {
        model.now = 50_500;
        PodObject a = bound("a", 1);
        told(report(a, 51_499, 5));
        stands(a, false, 0);
        assertThat(model.engine.figures().gpuReportsIgnored()).isZero();
        told(report(a, 51_500, 5));
        stands(a, true, 5);
    }

    @Test
    void ofTwoThatAreSaidToHaveOneGpuTheLaterWordCounts() {
        PodObject a = bound("a", 1);
        PodObject b = bound("b", 1);
        told(report(a, 100_000, 5), report(b, 100_000, 5));
        stands(a, true, 5);
        stands(b, false, 1);
        assertThat(model.engine.figures().gpuReportsIgnored()).isEqualTo(1);
        told(report(b, 100_001, 5));
        stands(b, true, 5);
        assertThat(why(a).gpusKnown()).isFalse();
        assertThat(why(a).gpus()).doesNotContain(5);
    }

    @Test
    void itHoldsForTheNextLeaderAndInANewBook() {
        PodObject a = bound("a", 2);
        PodObject b = bound("b", 2);
        told(report(b, 100_000, 0, 1));
        model.engine.follow();
        model.engine.lead();
        stands(b, true, 0, 1);
        assertThat(why(a).gpus()).doesNotContain(0, 1);
        model.node(NODE, 4, Map.of("leaf", "other"), true);
        settle();
        model.now += 1_000;
        model.engine.tick();
        settle();
        stands(b, true, 0, 1);
        assertThat(why(a).gpus()).containsExactly(2, 3);
    }

    @Test
    void aNodeOfWhichTheOrderOfUuidsIsNotKnownStaysUnknown() {
        PodObject a = bound("a", 1);
        String uuid = PlainReading.uuid(NODE, 6);
        boolean areKnown = new PlainReading().gpuUuids(NODE) != null;
        told(new GpuReport("default", "a", "", NODE, List.of(new Device(uuid, -1)), 100_000));
        stands(a, areKnown, areKnown ? 6 : 0);
        assertThat(model.engine.figures().gpuReportsIgnored()).isZero();
        // An index that the source tells gives way to the UUID, by which nodes are told apart.
        told(new GpuReport("default", "a", "", NODE, List.of(new Device(uuid, 6)), 100_001));
        stands(a, true, 6);
    }
}
