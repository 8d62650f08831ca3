package dev.berth.k8s.rig;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What kube-scheduler takes away for more important pods. */
@RealCluster
class PreemptionScenarioTest {
    private static final String URGENT = "urgent";

    /** kube-scheduler asks Berth in one mode, and takes a pod without asking in the other: in both the gang goes whole. */
    @ParameterizedTest
    @EnumSource
    void aGangOverTwoNodesGoesWholeWhenKubeSchedulerTakesOneOfItsPods(Mode mode) {
        try (Scene scene = Scene.open(mode)) {
            scene.nodes(2, 8);
            scene.startBerth();
            scene.gang("pair", 2, 8);
            Map<String, String> nodes = scene.awaitBound("pair", 2);
            assertThat(new HashSet<>(nodes.values())).hasSize(2);
            Set<String> first = uids(scene, "pair");

            scene.bare(urgent(scene, mode));
            scene.awaitBound(URGENT, 1);
            Await.until(
                    "none of the first pods of the gang to be left",
                    () -> uids(scene, "pair").stream().noneMatch(first::contains));
            scene.checkNow();
            // Those that were made anew have room on one node only.
            scene.awaitExplained("pair");
            assertThat(scene.bound(URGENT)).hasSize(1);
            Set<String> told = scene.client().v1().events().inNamespace(scene.namespace()).list().getItems().stream()
                    .filter(event -> "Preempted".equals(event.getReason()) && isBerths(event))
                    .map(event -> event.getInvolvedObject().getUid())
                    .collect(Collectors.toSet());
            assertThat(told).as("members that Berth has taken").isNotEmpty().isSubsetOf(first);

            scene.pods(URGENT).forEach(scene::delete);
            scene.awaitBound("pair", 2);
        }
    }

    /** A budget protects all of them. kube-scheduler would take one pod of the gang, the least important; that all of it goes then is Berth's to say. */
    @Test
    void aProtectedGangIsNotTakenForOneOfItsPods() {
        try (Scene scene = Scene.open(Mode.EXTENDER)) {
            scene.nodes(2, 8);
            scene.rig().kubectlApply("""
                    apiVersion: policy/v1
                    kind: PodDisruptionBudget
                    metadata: {namespace: %s, name: all}
                    spec: {minAvailable: 100%%, selector: {matchExpressions: [{key: app, operator: Exists}]}}
                    """.formatted(scene.namespace()));
            scene.startBerth();
            scene.gang("ring", 8, 1);
            String ring = scene.awaitBound("ring", 8).values().iterator().next();
            for (int i = 0; i < 2; i++) {
                scene.bare(important(scene, "single-" + i, 4, 10));
                scene.awaitBound("single-" + i, 1);
            }
            scene.bare(important(scene, URGENT, 1, 1000));
            assertThat(scene.awaitBound(URGENT, 1)).doesNotContainValue(ring);
            assertThat(scene.bound("ring")).hasSize(8);
        }
    }

    @Test
    void whatIsFreedIsNotGivenToPodsAtTheGate() {
        try (Scene scene = Scene.open(Mode.STEERED)) {
            scene.nodes(1, 8);
            BerthProcess berth = scene.startBerth();
            // No kubelet ends it: that it ends is this test's to say.
            Pod victim = scene.bare(new PodBuilder(scene.pod("victim", 8))
                    .editSpec()
                    .withTerminationGracePeriodSeconds(30L)
                    .endSpec()
                    .build());
            scene.awaitBound("victim", 1);
            Pod gated = scene.bare(scene.pod("gated", 2));
            scene.awaitExplained("gated");
            Pod urgent = scene.bare(urgent(scene, Mode.STEERED));
            Await.until(
                    "a node to be freed for the urgent pod",
                    () -> scene.client().resource(urgent).get().getStatus().getNominatedNodeName() != null);
            assertThat(scene.bound(URGENT)).isEmpty();
            scene.delete(victim);
            scene.awaitBound(URGENT, 1);
            assertThat(berth.why(scene.namespace(), "gated").get("state").asText())
                    .isEqualTo("waiting");
            assertThat(Truth.isGated(scene.client().resource(gated).get())).isTrue();
            scene.end(URGENT);
            scene.awaitBound("gated", 1);
        }
    }

    private static Pod important(Scene scene, String name, int gpus, int priority) {
        String className = "priority-" + priority;
        scene.rig().kubectlApply("""
                apiVersion: scheduling.k8s.io/v1
                kind: PriorityClass
                metadata: {name: %s}
                value: %d
                """.formatted(className, priority));
        return new PodBuilder(scene.pod(name, gpus))
                .editSpec()
                .withPriorityClassName(className)
                .endSpec()
                .build();
    }

    private static boolean isBerths(Event event) {
        return "berth.dev/scheduler".equals(event.getReportingComponent());
    }

    private static Set<String> uids(Scene scene, String app) {
        return scene.pods(app).stream().map(pod -> pod.getMetadata().getUid()).collect(Collectors.toSet());
    }

    private static Pod urgent(Scene scene, Mode mode) {
        PodBuilder urgent = new PodBuilder(important(scene, URGENT, 8, 1000));
        // A pod that is held by a gate preempts nobody.
        return mode.isSteering()
                ? urgent.editMetadata()
                        .addToAnnotations("berth.dev/ignore", "true")
                        .endMetadata()
                        .build()
                : urgent.build();
    }
}
