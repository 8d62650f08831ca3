package dev.berth.k8s.rig;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.scheduling.v1.PriorityClassBuilder;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
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

    private static boolean isBerths(Event event) {
        return "berth.dev/scheduler".equals(event.getReportingComponent());
    }

    private static Set<String> uids(Scene scene, String app) {
        return scene.pods(app).stream().map(pod -> pod.getMetadata().getUid()).collect(Collectors.toSet());
    }

    private static Pod urgent(Scene scene, Mode mode) {
        if (scene.client().scheduling().v1().priorityClasses().withName(URGENT).get() == null) {
            scene.client()
                    .resource(new PriorityClassBuilder()
                            .withNewMetadata()
                            .withName(URGENT)
                            .endMetadata()
                            .withValue(1000)
                            .build())
                    .create();
        }
        PodBuilder urgent = new PodBuilder(scene.pod(URGENT, 8))
                .editSpec()
                .withPriorityClassName(URGENT)
                .endSpec();
        // A pod that is held by a gate preempts nobody.
        return mode == Mode.STEERED
                ? urgent.editMetadata()
                        .addToAnnotations("berth.dev/ignore", "true")
                        .endMetadata()
                        .build()
                : urgent.build();
    }
}
