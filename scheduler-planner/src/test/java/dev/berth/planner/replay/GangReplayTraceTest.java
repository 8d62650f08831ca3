package dev.berth.planner.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.planner.Traces;
import dev.berth.planner.io.PhillyJobs;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The mix, from the trace itself. */
@Tag("traces")
class GangReplayTraceTest {
    @Test
    void thePhillyTraceHasSmallJobsAndTooFewLargeOnes() {
        List<Integer> philly = PhillyJobs.read(TraceFiles.philly(Traces.dir()));
        assertThat(philly).hasSize(71_119);
        assertThat(philly.stream().filter(gpus -> gpus > GangMix.SMALL_GPUS)).hasSize(183);
        assertThat(philly.stream().mapToInt(gpus -> gpus)).allMatch(gpus -> gpus <= 32);
    }

    @Test
    void itReplaysOnASmallFabric() {
        GangReplay.Result result = GangReplay.of(
                SmallFabrics.tree(2, 2, 8),
                "tree",
                PhillyJobs.read(TraceFiles.philly(Traces.dir())),
                GangPolicies.NAMES,
                new double[] {95},
                Lifetimes.EXP,
                new Seeds.Converter().convert("42"),
                Parallel.quiet());
        assertThat(result.title()).contains("jobs of 1, 2, 4, 8, 16, 32, 64, 128 GPUs");
        assertThat(result.rows())
                .allSatisfy(row -> assertThat(row.gangsPlaced()).isPositive());
    }
}
