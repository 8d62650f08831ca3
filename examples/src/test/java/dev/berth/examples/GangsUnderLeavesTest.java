package dev.berth.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class GangsUnderLeavesTest {
    @Test
    void doesWhatItSays() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        GangsUnderLeaves.run(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        assertThat(bytes.toString(StandardCharsets.UTF_8).lines())
                .containsExactly(
                        "training: [h100-0-0, h100-0-1, h100-0-2] in one leaf, needs a leaf",
                        "after a failure: [h100-0-0, h100-0-3, h100-0-2] in one leaf, needs a leaf, 0 tiers more",
                        "pipeline: [h100-1-0, h100-1-1, h100-1-2, h100-1-3] in one leaf, needs a leaf",
                        "replicas: [h100-2-0, h100-3-0] in one spine, needs a spine",
                        "elastic: [h100-2-1, h100-2-2, h100-2-3, h100-3-1, h100-3-2, h100-3-3] in one spine, "
                                + "needs a spine",
                        "refused, 1 would fit: [Relaxation[field=requiredTier, from=leaf, to=spine], "
                                + "Relaxation[field=minTasks, from=2, to=1]]");
    }
}
