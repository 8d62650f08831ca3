package dev.berth.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.NodeSpec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** What counts as typical. */
class TypicalWorkloadTest {

    @Property
    void coversNinetyFivePercentAndNotAClassMore(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 400) int arrivals) {
        List<Request> stream = stream(seed, arrivals);
        TypicalWorkload workload = TypicalWorkload.of(stream);
        long covered = 0;
        double shares = 0;
        for (int i = 0; i < workload.size(); i++) {
            covered += workload.count(i);
            shares += workload.p(i);
            assertThat(i == 0 || workload.count(i) <= workload.count(i - 1))
                    .as("most frequent first")
                    .isTrue();
        }
        assertThat(shares).isCloseTo(1, within(1e-12));
        assertThat(workload.arrivals()).isEqualTo(arrivals);
        assertThat(covered).isGreaterThanOrEqualTo((long) Math.ceil(0.95 * arrivals));
        long withoutLast = covered - workload.count(workload.size() - 1);
        assertThat((double) withoutLast).isLessThan(0.95 * arrivals);
    }

    @Property
    void theOrderOfTheArrivalsDoesNotMatter(@ForAll long seed, @ForAll @IntRange(min = 1, max = 200) int arrivals) {
        List<Request> stream = stream(seed, arrivals);
        List<Request> shuffled = new ArrayList<>(stream);
        Collections.shuffle(shuffled, new Random(seed));
        TypicalWorkload one = TypicalWorkload.of(stream);
        TypicalWorkload other = TypicalWorkload.of(shuffled);
        assertThat(other.size()).isEqualTo(one.size());
        for (int i = 0; i < one.size(); i++) {
            assertThat(other.request(i)).isEqualTo(one.request(i));
            assertThat(other.p(i)).isEqualTo(one.p(i));
            assertThat(other.gpuMilli(i)).isEqualTo(1000 * one.wholeGpus(i) + one.shareMilli(i));
            assertThat(other.cpuMilli(i)).isEqualTo(one.request(i).cpuMilli());
        }
        assertThat(other.multiGpu()).isEqualTo(one.multiGpu());
    }

    @Example
    void memoryAndLabelsAndCountedResourcesDoNotTellClassesApart() {
        TypicalWorkload workload = TypicalWorkload.of(List.of(
                Request.share(500, 4000, 1),
                Request.share(500, 4000, 2).withLabels(Map.of("zone", "a")),
                Request.share(500, 4000, 3).withCounted(Map.of("pods", 1L))));
        assertThat(workload.size()).isOne();
        assertThat(workload.request(0)).isEqualTo(Request.share(500, 4000, 0));
    }

    @Example
    void amongEqualsMoreCpuThenLargerSharesThenMoreGpusComeFirst() {
        TypicalWorkload workload = TypicalWorkload.of(List.of(
                Request.gpus(1, 4000, 0),
                Request.share(300, 4000, 0),
                Request.gpus(2, 4000, 0),
                Request.cpuOnly(4000, 0),
                Request.share(300, 8000, 0)));
        assertThat(workload.size()).isEqualTo(5);
        assertThat(List.of(
                        workload.request(0),
                        workload.request(1),
                        workload.request(2),
                        workload.request(3),
                        workload.request(4)))
                .containsExactly(
                        Request.share(300, 8000, 0),
                        Request.gpus(2, 4000, 0),
                        Request.gpus(1, 4000, 0),
                        Request.share(300, 4000, 0),
                        Request.cpuOnly(4000, 0));
    }

    @Example
    void rareTasksOfManyGpusAndMigProfilesAreKeptWholeWithoutTheCut() {
        Request eight = Request.gpus(8, 8000, 64);
        Request mig = Request.mig("1g.5gb", 1000, 7);
        TypicalWorkload workload = TypicalWorkload.ofCounts(Map.of(Request.gpus(1, 1000, 0), 999L, eight, 1L, mig, 3L));
        assertThat(workload.size()).isOne();
        assertThat(workload.arrivals()).isEqualTo(1000);
        assertThat(workload.gpuMilliSum()).isEqualTo(1_007_000);
        assertThat(workload.multiGpu()).containsExactly(new TypicalWorkload.Counted(eight, 1));
        assertThat(workload.mig()).containsExactly(new TypicalWorkload.Counted(Request.mig("1g.5gb", 1000, 0), 3));
    }

    @Example
    void saysWhichGpusAClassTakes() {
        Cluster cluster = Cluster.builder()
                .add(NodeSpec.named("a").gpus("A", 1, 40_960).build())
                .add(NodeSpec.named("b").gpus("B", 1, 0).build())
                .add(NodeSpec.named("c").build())
                .build();
        TypicalWorkload workload = TypicalWorkload.of(List.of(
                Request.share(900, 3, 0).onModels(Set.of("B", "X")),
                Request.share(800, 2, 0).withMinGpuMemoryMib(40_960),
                Request.cpuOnly(1, 0)));
        assertThat(allowed(workload, 0, cluster)).containsExactly(false, true, false);
        assertThat(allowed(workload, 1, cluster))
                .as("unknown memory is not enough")
                .containsExactly(true, false, false);
        assertThat(allowed(workload, 2, cluster)).containsExactly(true, true, true);
    }

    private static List<Boolean> allowed(TypicalWorkload workload, int i, Cluster cluster) {
        List<Boolean> allowed = new ArrayList<>();
        for (int node = 0; node < cluster.nodeCount(); node++) {
            allowed.add(workload.allows(i, cluster, node));
        }
        return allowed;
    }

    @Example
    void nothingIsTypicalOfNothing() {
        assertThat(TypicalWorkload.of(List.of()).size()).isZero();
        assertThat(TypicalWorkload.ofCounts(Map.of(Request.gpus(1, 0, 0), 0L)).arrivals())
                .isZero();
        assertThatThrownBy(() -> TypicalWorkload.ofCounts(Map.of(Request.gpus(1, 0, 0), -1L)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("-1")
                .hasMessageContaining("0 or more");
    }

    private static List<Request> stream(long seed, int arrivals) {
        Random random = new Random(seed);
        List<Request> mix = ExpectedFillCases.mix(random, ExpectedFillCases.cluster(random)).stream()
                .filter(request -> !(request.gpus() instanceof GpuDemand.Mig))
                .toList();
        List<Request> stream = new ArrayList<>();
        for (int i = 0; i < arrivals; i++) {
            stream.add(
                    mix.isEmpty()
                            ? Request.cpuOnly(1, 1)
                            : mix.get((int) (mix.size() * Math.pow(random.nextDouble(), 3))));
        }
        return stream;
    }
}
