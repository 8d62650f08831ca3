package dev.berth.k8s.rig;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Berth, the API server and the way between them fail at exact steps of giving a pod its place. Both modes at once have no steps of their own; {@link RandomFaultTest} has their faults. */
@RealCluster
class FaultScenarioTest {
    private static final boolean FULL = Boolean.getBoolean("berth.full");

    @ParameterizedTest
    @CsvSource({"STEERED, true", "STEERED, false", "EXTENDER, true", "EXTENDER, false"})
    void aPodThatIsDeletedOnItsWayHoldsNothing(Mode mode, boolean beforeTheWrite) {
        try (Scene scene = Scene.open(mode)) {
            scene.nodes(1, 8);
            ApiProxy proxy = scene.proxy();
            scene.startBerth(scene.settings().through(proxy)).awaitReady();
            ApiProxy.Breakpoint write = beforeTheWrite ? scene.beforePlacing(proxy) : scene.afterPlacing(proxy);
            Pod pod = scene.bare(scene.pod("short", 8));
            write.await();
            scene.delete(pod);
            write.pass();
            scene.job(scene.pod("next", 8));
            scene.awaitBound("next", 1);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "BOTH")
    void aWriteForADeletedPodLeavesAnotherOneOfItsNameAlone(Mode mode) {
        try (Scene scene = Scene.open(mode)) {
            scene.nodes(2, 8);
            ApiProxy proxy = scene.proxy();
            scene.startBerth(scene.settings().through(proxy)).awaitReady();
            ApiProxy.Breakpoint write = scene.beforePlacing(proxy);
            Pod pod = scene.bare(scene.pod("same", 3));
            write.await();
            scene.delete(pod);
            Pod other = scene.bare(scene.pod("same", 7));
            write.pass();
            scene.awaitBound("same", 1);
            Pod bound = scene.pods("same").get(0);
            assertThat(bound.getMetadata().getUid())
                    .isEqualTo(other.getMetadata().getUid());
            assertThat(Truth.annotation(bound, Truth.GPUS).split(",", -1)).hasSize(7);
        }
    }

    @ParameterizedTest
    @CsvSource({"STEERED, true", "STEERED, false", "EXTENDER, true", "EXTENDER, false"})
    void aWriteThatIsLostOnItsWayIsMadeUpFor(Mode mode, boolean beforeTheWrite) {
        assumeTrue(FULL || (mode == Mode.STEERED) == beforeTheWrite, "one moment per mode; with -Pfull both");
        try (Scene scene = Scene.open(mode)) {
            scene.nodes(1, 8);
            ApiProxy proxy = scene.proxy();
            scene.startBerth(scene.settings().through(proxy)).awaitReady();
            ApiProxy.Breakpoint write = beforeTheWrite ? scene.beforePlacing(proxy) : scene.afterPlacing(proxy);
            scene.job(scene.pod("lost", 8));
            write.await();
            write.drop();
            scene.awaitBound("lost", 1);
        }
    }

    @ParameterizedTest
    @CsvSource({"STEERED, true", "STEERED, false", "EXTENDER, true", "EXTENDER, false"})
    void aBerthThatIsKilledInTheMiddleOfAWriteLosesAndLeaksNothing(Mode mode, boolean beforeTheWrite) {
        assumeTrue(FULL || (mode == Mode.STEERED) == beforeTheWrite, "one moment per mode; with -Pfull both");
        try (Scene scene = Scene.open(mode)) {
            scene.nodes(2, 8);
            ApiProxy proxy = scene.proxy();
            BerthProcess berth =
                    scene.startBerth(scene.settings().through(proxy)).awaitReady();
            ApiProxy.Breakpoint write = beforeTheWrite ? scene.beforePlacing(proxy) : scene.afterPlacing(proxy);
            scene.job(scene.pod("killed", 8));
            write.await();
            berth.kill();
            write.drop();
            scene.startBerth();
            scene.awaitBound("killed", 1);
            scene.job(scene.pod("next", 8));
            scene.awaitBound("next", 1);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "BOTH")
    void aGangWhoseBerthIsKilledHalfWayIsWholeInTheEnd(Mode mode) {
        try (Scene scene = Scene.open(mode)) {
            scene.nodes(4, 8);
            ApiProxy proxy = scene.proxy();
            BerthProcess berth =
                    scene.startBerth(scene.settings().through(proxy)).awaitReady();
            ApiProxy.Breakpoint first = scene.afterPlacing(proxy);
            ApiProxy.Breakpoint second = scene.beforePlacing(proxy);
            scene.gang("half", 4, 8);
            first.await();
            second.await();
            berth.kill();
            first.drop();
            second.drop();
            scene.startBerth();
            scene.awaitBound("half", 4);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "BOTH")
    void aBindingThatIsRefusedIsToldAndTriedAgain(Mode mode) {
        try (Scene scene = Scene.open(mode)) {
            scene.nodes(2, 8);
            scene.startBerth();
            scene.rig().kubectlApply("""
                    apiVersion: admissionregistration.k8s.io/v1
                    kind: ValidatingAdmissionPolicy
                    metadata: {name: no-binding}
                    spec:
                      failurePolicy: Fail
                      matchConstraints:
                        resourceRules:
                        - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods/binding]}
                      validations:
                      - {expression: "false", message: "not now"}
                    ---
                    apiVersion: admissionregistration.k8s.io/v1
                    kind: ValidatingAdmissionPolicyBinding
                    metadata: {name: no-binding}
                    spec: {policyName: no-binding, validationActions: [Deny]}
                    """);
            try {
                // A new policy is in force a moment after it is there.
                Await.until("the refusal of a binding", () -> !scene.mayBind());
                scene.job(scene.pod("refused", 8));
                scene.job(scene.pod("refused-too", 8));
                scene.awaitExplained("refused");
            } finally {
                scene.rig()
                        .kubectl(
                                "delete",
                                "validatingadmissionpolicies,validatingadmissionpolicybindings",
                                "no-binding");
            }
            scene.awaitBound("refused", 1);
            scene.awaitBound("refused-too", 1);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "BOTH")
    void pinnedPodsOutliveARestartOfTheApiServer(Mode mode) {
        try (Scene scene = Scene.open(mode)) {
            scene.nodes(2, 8);
            scene.startBerth();
            scene.job(scene.pod("before", 4));
            scene.awaitBound("before", 1);
            scene.rig().kill("kube-apiserver");
            scene.rig().startAgain();
            scene.job(scene.pod("after", 8));
            scene.gang("gang", 4, 1);
            scene.awaitBound("after", 1);
            scene.awaitBound("gang", 4);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "BOTH")
    void aBerthThatIsCutOffLeadsNoLongerAndThenAgain(Mode mode) {
        try (Scene scene = Scene.open(mode)) {
            scene.nodes(2, 8);
            ApiProxy proxy = scene.proxy();
            BerthProcess berth =
                    scene.startBerth(scene.settings().through(proxy)).awaitReady();
            scene.job(scene.pod("before", 4));
            scene.awaitBound("before", 1);
            proxy.cut();
            Await.until("the end of its lead", () -> !berth.isReady());
            scene.job(scene.pod("meanwhile", 8));
            scene.pods("before").forEach(scene::delete);
            proxy.mend();
            berth.awaitReady();
            scene.awaitBound("meanwhile", 1);
            scene.awaitBound("before", 1);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "BOTH")
    void whileBerthIsDownPodsWaitAndThenGoOn(Mode mode) {
        try (Scene scene = Scene.open(mode)) {
            scene.nodes(4, 8);
            BerthProcess berth = scene.startBerth();
            scene.job(scene.pod("before", 4));
            String node = scene.awaitBound("before", 1).values().iterator().next();
            berth.kill();
            scene.job(scene.pod("during", 8));
            scene.gang("gang", 2, 2);
            // Somebody else binds a pod while Berth does not look.
            Pod foreign = scene.pod("foreign", 8);
            foreign.getSpec().setNodeName(node.equals("node-0") ? "node-1" : "node-0");
            scene.bare(foreign);
            scene.startBerth();
            scene.awaitBound("during", 1);
            scene.awaitBound("gang", 2);
        }
    }

    /** The webhook has failurePolicy Ignore: the API server goes on without it. */
    @ParameterizedTest
    @EnumSource(names = "STEERED")
    void whileTheWebhookIsAwayPodsGoWhereKubeSchedulerSaysAndAreAccountedFor(Mode mode) {
        try (Scene scene = Scene.open(mode)) {
            scene.nodes(4, 8);
            BerthProcess berth = scene.startBerth();
            scene.gateByWebhook();
            scene.job(scene.pod("placed", 4));
            scene.awaitBound("placed", 1);
            assertThat(Truth.annotation(scene.pods("placed").get(0), Truth.GPUS))
                    .hasSize("0,1,2,3".length());
            berth.kill();
            Await.until("pods without a gate", () -> !scene.isGating());
            for (int i = 0; i < 3; i++) {
                scene.job(scene.pod("stock-" + i, 4));
                scene.awaitBound("stock-" + i, 1);
            }
            scene.startBerth();
            Await.until("pods with a gate", scene::isGating);
            for (String name : List.of("a", "b", "c", "d")) {
                scene.job(scene.pod(name, 4));
            }
            for (String name : List.of("a", "b", "c", "d")) {
                scene.awaitBound(name, 1);
            }
        }
    }
}
