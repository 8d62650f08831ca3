package dev.berth.k8s.rig;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.GenericKubernetesResourceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Gangs by the PodGroups of Kubernetes itself, which kube-scheduler looks at in cycles of its own. Each mode is tried on its own. */
@RealCluster
class PodGroupScenarioTest {

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "BOTH")
    void groupsStandWholeInOneLeafOrWaitWhole(Mode mode) {
        try (Scene scene = Scene.openWithPodGroups(mode)) {
            scene.nodes(8, 8);
            scene.startBerth();
            group(scene, "ring", 3);
            Map<String, String> nodes = scene.awaitBound("ring", 3);
            assertThat(leaves(nodes.values())).as("leaves of %s", nodes).hasSize(1);
            assertThat(scene.pods("ring").stream().map(pod -> Truth.annotation(pod, Truth.GPUS)))
                    .allMatch("0,1,2,3,4,5,6,7"::equals);

            group(scene, "large", 6);
            scene.awaitExplained("large");
            assertThat(scene.bound("large")).isEmpty();

            scene.pods("ring").forEach(scene::delete);
            scene.awaitBound("large", 6);
        }
    }

    private static Set<Integer> leaves(Collection<String> nodes) {
        return nodes.stream()
                .map(node -> Integer.parseInt(node.replaceAll("\\D+", "")) / 4)
                .collect(Collectors.toSet());
    }

    private static void group(Scene scene, String name, int size) {
        scene.client()
                .resource(new GenericKubernetesResourceBuilder()
                        .withApiVersion("scheduling.k8s.io/v1alpha2")
                        .withKind("PodGroup")
                        .withNewMetadata()
                        .withName(name)
                        .withNamespace(scene.namespace())
                        .endMetadata()
                        .addToAdditionalProperties(
                                "spec", Map.of("schedulingPolicy", Map.of("gang", Map.of("minCount", size))))
                        .build())
                .create();
        for (int i = 0; i < size; i++) {
            Pod pod = new PodBuilder(scene.pod(name + "-" + i, 8))
                    .editMetadata()
                    .addToLabels(Scene.APP, name)
                    .endMetadata()
                    .editSpec()
                    .withNewSchedulingGroup(name)
                    .endSpec()
                    .build();
            scene.bare(pod);
        }
    }
}
