package dev.berth.planner.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The gate: our implementations of the six policies of the FGD paper allocate what the authors' own runs did. Other random
 * streams were drawn, so the agreement is that of two means of ten seeds.
 */
@Tag("traces")
class PublishedTraceTest {

    @ParameterizedTest
    @MethodSource("lists")
    void thePublishedPoliciesAllocateWhatWasPublished(String list) throws IOException {
        Trace trace = Published.trace(list);
        List<String> policies = Published.POLICIES.keySet().stream().sorted().toList();
        Saturation saturation = Saturation.of(
                trace,
                Contenders.of(policies, unused -> trace.typical()),
                100,
                Published.SEEDS,
                Parallel.quiet(),
                false);
        for (Saturation.Row row : saturation.rows()) {
            if (row.load() == 100) {
                assertThat(row.allocatedPercentMean())
                        .as("%s on %s", row.policy(), list)
                        .isCloseTo(Published.allocatedPercent(list, row.policy()), within(0.5));
            }
        }
    }

    static List<String> lists() {
        return Published.lists(2);
    }
}
