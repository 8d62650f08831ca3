package dev.berth.k8s.rig;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Two replicas, of which one leads, and how the other takes over. Each mode is tried on its own: for both at once {@link RandomFaultTest} kills and pauses Berth. */
@RealCluster
class FailoverScenarioTest {
    private enum End {
        KILL,
        TERMINATE,
        PAUSE
    }

    @ParameterizedTest
    @CsvSource({
        "STEERED, KILL",
        "STEERED, TERMINATE",
        "STEERED, PAUSE",
        "EXTENDER, KILL",
        "EXTENDER, TERMINATE",
        "EXTENDER, PAUSE"
    })
    void theOtherReplicaGoesOn(Mode mode, End end) {
        try (Scene scene = Scene.open(mode)) {
            scene.nodes(4, 8);
            scene.startBerth(scene.settings());
            scene.startBerth(scene.settings());
            BerthProcess first = scene.leader();
            scene.gang("before", 6, 2);
            scene.job(scene.pod("half-way", 8));
            switch (end) {
                case KILL -> first.kill();
                case TERMINATE -> assertThat(first.terminate()).isZero();
                case PAUSE -> first.pause();
            }
            scene.gang("after", 4, 2);
            scene.awaitBound("before", 6);
            scene.awaitBound("half-way", 1);
            scene.awaitBound("after", 4);
            scene.checkNow();
            if (end == End.PAUSE) {
                first.resume();
                Await.until("the old leader to follow", () -> !first.isReady());
                first.awaitSynced();
            }
            BerthProcess second = scene.leader();
            assertThat(second).isNotSameAs(first);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "BOTH")
    void aWriteOfAnOldLeaderThatComesLateDoesNoHarm(Mode mode) {
        try (Scene scene = Scene.open(mode)) {
            scene.nodes(1, 8);
            ApiProxy proxy = scene.proxy();
            BerthProcess old = scene.startBerth(scene.settings().through(proxy)).awaitReady();
            scene.startBerth(scene.settings()).awaitSynced();
            ApiProxy.Breakpoint late = scene.beforePlacing(proxy);
            scene.job(scene.pod("late", 8));
            late.await();
            old.pause();
            scene.leader();
            scene.awaitBound("late", 1);
            scene.end("late");
            scene.job(scene.pod("next", 8));
            scene.awaitBound("next", 1);
            late.pass();
            old.resume();
            Await.until("the old leader to follow", () -> !old.isReady());
        }
    }

    @ParameterizedTest
    @CsvSource({"STEERED, 3600", "STEERED, -3600", "EXTENDER, 3600", "EXTENDER, -3600"})
    void aClockThatIsWrongNeitherStealsTheLeaseNorKeepsItForEver(Mode mode, int secondsAhead) {
        boolean isFull = Boolean.getBoolean("berth.full");
        assumeTrue(isFull || (mode == Mode.STEERED) == secondsAhead > 0, "one clock per mode; with -Pfull both");
        try (Scene scene = Scene.open(mode)) {
            scene.nodes(2, 8);
            ApiProxy proxy = scene.proxy();
            proxy.skewClock(Duration.ofSeconds(secondsAhead));
            BerthProcess right = scene.startBerth();
            BerthProcess wrong =
                    scene.startBerth(scene.settings().through(proxy)).awaitSynced();
            scene.job(scene.pod("before", 8));
            scene.awaitBound("before", 1);
            assertThat(wrong.isReady()).isFalse();
            assertThat(right.isReady()).isTrue();
            right.kill();
            wrong.awaitReady();
            BerthProcess third = scene.startBerth(scene.settings()).awaitSynced();
            scene.job(scene.pod("after", 8));
            scene.awaitBound("after", 1);
            assertThat(third.isReady()).isFalse();
            wrong.kill();
            third.awaitReady();
        }
    }
}
