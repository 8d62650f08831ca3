package dev.berth.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class EmbeddedControlPlaneTest {
    @Test
    void doesWhatItSays() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        EmbeddedControlPlane.run(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        assertThat(bytes.toString(StandardCharsets.UTF_8))
                .contains("training tasks placed: 7")
                .contains("MIG instance: Placement[")
                .contains("lost the race, plan again")
                .contains("refused: Reason[resource=gpus, asked=8 GPUs, best=4 GPUs, missing=4 GPUs")
                .contains("would help: Relaxation[resource=gpus, from=8 GPUs, to=4 GPUs, nodeName=h100-0]")
                .contains("after a node went away: ");
    }
}
