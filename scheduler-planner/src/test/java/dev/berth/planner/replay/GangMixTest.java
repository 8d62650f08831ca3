package dev.berth.planner.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.NodeSpec;
import dev.berth.cluster.NodeState;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

class GangMixTest {
    private static double share(List<GangJob> jobs, Predicate<GangJob> of) {
        return jobs.stream().filter(of).mapToDouble(GangJob::demandShare).sum();
    }

    @Test
    void sharesOfTheDemandAreThoseOfTheMix() {
        List<GangJob> jobs = SmallFabrics.jobs(SmallFabrics.tree(2, 4, 16));
        assertThat(share(jobs, job -> true)).isCloseTo(1, within(1e-9));
        assertThat(share(jobs, job -> job.gpus() <= 8)).isCloseTo(0.4, within(1e-9));
        for (int gpus : GangMix.TAIL_GPUS) {
            assertThat(share(jobs, job -> job.gpus() == gpus))
                    .as("gangs of %d", gpus)
                    .isCloseTo(0.12, within(1e-9));
        }
        double ones = share(jobs, job -> job.gpus() == 1);
        double eights = share(jobs, job -> job.gpus() == 8);
        assertThat(ones / eights).as("small jobs as often as in the trace").isCloseTo(94.0 / 16, within(1e-9));
        assertThat(jobs).allSatisfy(job -> assertThat(job.isGang()).isEqualTo(job.gpus() > 8));
    }

    @Test
    void gangsAskForAtMostHalfOfTheCluster() {
        List<GangJob> jobs = SmallFabrics.jobs(SmallFabrics.tree(1, 2, 5));
        assertThat(jobs).extracting(GangJob::gpus).containsExactly(1, 2, 4, 8, 16, 32);
        assertThat(share(jobs, GangJob::isGang)).isCloseTo(0.6, within(1e-9));
    }

    @Test
    void aClusterTooSmallForGangsHasSmallJobsOnly() {
        List<GangJob> jobs = SmallFabrics.jobs(SmallFabrics.tree(1, 1, 2));
        assertThat(jobs).extracting(GangJob::gpus).containsExactly(1, 2, 4, 8);
        assertThat(share(jobs, job -> true)).isCloseTo(1, within(1e-9));
    }

    @Test
    void nvlinkDomainsAddTheirSizeAndSmallNodesSplitJobs() {
        List<GangJob> jobs = SmallFabrics.jobs(SmallFabrics.domains(8, 18));
        assertThat(jobs).extracting(GangJob::gpus).containsExactly(1, 2, 4, 8, 16, 32, 64, 72, 128, 256);
        GangJob eight = jobs.get(3);
        assertThat(eight.tasks()).isEqualTo(2);
        assertThat(eight.taskGpus()).isEqualTo(4);
        assertThat(share(jobs, job -> job.gpus() == 72)).isCloseTo(0.1, within(1e-9));
    }

    @Test
    void eachModelHasItsShareAndGpusThatNobodyCanUseAreLeftOut() {
        Cluster.Builder builder = Cluster.builder();
        for (int i = 0; i < 6; i++) {
            builder.add(NodeSpec.named("a" + i)
                    .gpus("A", 8, 0)
                    .cpuMilli(800)
                    .memoryMib(80)
                    .build());
            builder.add(NodeSpec.named("b" + i)
                    .gpus("B", 4, 0)
                    .cpuMilli(400)
                    .memoryMib(40)
                    .build());
        }
        builder.add(NodeSpec.named("mig")
                .gpus("A100-SXM4-80GB", 8, 81920)
                .migGpuMask(0xFF)
                .build());
        builder.add(
                NodeSpec.named("out").gpus("A", 8, 0).state(NodeState.REPAIR).build());
        List<GangJob> jobs = SmallFabrics.jobs(builder.build());
        assertThat(share(jobs, job -> job.model().equals("A"))).isCloseTo(2.0 / 3, within(1e-9));
        assertThat(share(jobs, job -> job.model().equals("B"))).isCloseTo(1.0 / 3, within(1e-9));
        assertThat(jobs).allSatisfy(job -> {
            assertThat(job.request().gpuModels()).containsExactly(job.model());
            assertThat(job.request().cpuMilli()).isEqualTo(100 * job.taskGpus());
            assertThat(job.request().memoryMib()).isEqualTo(10L * job.taskGpus());
        });
    }

    @Test
    void withoutGpusOrSmallJobsThereIsNoMix() {
        Cluster none = Cluster.builder().add(NodeSpec.named("cpu").build()).build();
        assertThat(SmallFabrics.jobs(none)).isEmpty();
        Cluster tree = SmallFabrics.tree(1, 1, 2);
        assertThat(GangMix.phillyTail(tree, Ladder.of(tree), List.of(16, 32))).isEmpty();
    }

    @Test
    void arrivalsAddUpToTheLoad() {
        List<GangJob> jobs = SmallFabrics.jobs(SmallFabrics.tree(2, 4, 16));
        for (Lifetimes lifetimes : Lifetimes.values()) {
            GangArrivals arrivals = new GangArrivals(jobs, lifetimes, 900);
            SplittableRandom random = new SplittableRandom(1);
            double time = 0;
            double work = 0;
            double found = 0;
            int draws = 1_000_000;
            for (int i = 0; i < draws; i++) {
                GangJob job = jobs.get(arrivals.arriving(random));
                time += arrivals.interval(random);
                work += job.gpus() * lifetimes.mean(job.gpus());
                found += jobs.get(arrivals.found(random)).gpus();
            }
            assertThat(work / time).as("GPUs kept busy, %s", lifetimes).isCloseTo(900, within(45.0));
            assertThat(found / draws * arrivals.running())
                    .as("GPUs at the start, %s", lifetimes)
                    .isCloseTo(900, within(45.0));
        }
    }
}
