package dev.berth.k8s.rig;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The tests that the rig has of its own, so that a build runs them. */
@RealCluster
class RigScriptsTest {

    @Test
    void theScriptsStartAndStopAndLeaveNothing() {
        assertThat(Rig.run(List.of(Rig.scripts().resolve("test").toString()))).contains("all is well");
    }

    @Test
    void theMeasuringProgramCountsRight() {
        String said = Rig.run(List.of("go", "-C", Rig.scripts().resolve("cmd").toString(), "test", "./..."));
        assertThat(said).contains("ok");
    }
}
