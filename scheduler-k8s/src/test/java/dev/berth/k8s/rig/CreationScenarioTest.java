package dev.berth.k8s.rig;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceQuotaBuilder;
import java.util.HashSet;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Pods that the webhook gives their place when they are created. */
@RealCluster
class CreationScenarioTest {
    private static final String RESERVATION = "berth.dev/reservation";

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "EXTENDER")
    void podsOfControllersHaveTheirPlaceFromTheStartAndTheOthersGoByTheGate(Mode mode) {
        try (Scene scene = Scene.open(mode)) {
            scene.nodes(4, 8);
            scene.startBerth();
            scene.gateByWebhook();
            for (int i = 0; i < 12; i++) {
                Pod made = scene.job(labelled(scene.pod("made-" + i, 1), "made"));
                assertThat(Truth.isGated(made)).isFalse();
                assertThat(Truth.annotation(made, Truth.GPUS)).matches("[0-7]");
                assertThat(Truth.annotation(made, RESERVATION)).isNotEmpty();
                Pod bare = scene.bare(labelled(scene.pod("bare-" + i, 1), "bare"));
                assertThat(Truth.isGated(bare)).isTrue();
            }
            scene.gang("gang", 2, 4);
            HashSet<String> nodes = new HashSet<>(scene.awaitBound("made", 12).values());
            nodes.addAll(scene.awaitBound("bare", 12).values());
            nodes.addAll(scene.awaitBound("gang", 2).values());
            assertThat(nodes).hasSize(4);
            assertThat(scene.pods("gang"))
                    .allMatch(pod -> Truth.annotation(pod, RESERVATION).isEmpty());
        }
    }

    @ParameterizedTest
    @EnumSource(names = "STEERED")
    void whatElseAPodSaysIsKept(Mode mode) {
        try (Scene scene = Scene.open(mode)) {
            scene.nodes(2, 8);
            scene.startBerth();
            scene.gateByWebhook();
            Pod apart = new PodBuilder(scene.pod("apart", 1))
                    .editMetadata()
                    .addToAnnotations("example.com/a.b", "kept")
                    .addToLabels(Scene.APP, "apart")
                    .endMetadata()
                    .editSpec()
                    .withNewAffinity()
                    .withNewPodAntiAffinity()
                    .addNewRequiredDuringSchedulingIgnoredDuringExecution()
                    .withTopologyKey("kubernetes.io/hostname")
                    .withNewLabelSelector()
                    .addToMatchLabels(Scene.APP, "apart")
                    .endLabelSelector()
                    .endRequiredDuringSchedulingIgnoredDuringExecution()
                    .endPodAntiAffinity()
                    .endAffinity()
                    .endSpec()
                    .build();
            // The second one is placed before anybody has seen the first one.
            Pod first = scene.job(apart);
            Pod second = scene.job(new PodBuilder(apart)
                    .editMetadata()
                    .withName("apart-2")
                    .endMetadata()
                    .build());
            assertThat(Truth.annotation(first, "example.com/a.b")).isEqualTo("kept");
            assertThat(first.getSpec().getAffinity().getPodAntiAffinity())
                    .isEqualTo(apart.getSpec().getAffinity().getPodAntiAffinity());
            assertThat(Truth.annotation(first, Truth.NODE)).isNotEqualTo(Truth.annotation(second, Truth.NODE));
            assertThat(new HashSet<>(scene.awaitBound("apart", 2).values())).hasSize(2);
        }
    }

    @ParameterizedTest
    @EnumSource(names = "STEERED")
    void whatAQuotaRefusesIsFreeAgainAfterAWhile(Mode mode) {
        try (Scene scene = Scene.open(mode)) {
            scene.nodes(1, 8);
            BerthProcess berth = scene.startBerth();
            scene.gateByWebhook();
            scene.client()
                    .resource(new ResourceQuotaBuilder()
                            .withNewMetadata()
                            .withName("gpus")
                            .withNamespace(scene.namespace())
                            .endMetadata()
                            .withNewSpec()
                            .addToHard(Map.of("requests.nvidia.com/gpu", new Quantity("4")))
                            .endSpec()
                            .build())
                    .create();
            // What kube-controller-manager does where there is one.
            scene.rig()
                    .kubectl(
                            "patch",
                            "resourcequota",
                            "gpus",
                            "-n",
                            scene.namespace(),
                            "--subresource=status",
                            "--type=merge",
                            "--patch",
                            "{\"status\":{\"hard\":{\"requests.nvidia.com/gpu\":\"4\"},\"used\":{\"requests.nvidia.com/gpu\":\"0\"}}}");
            // A dry run asks the quota, too, and holds nothing.
            Await.until("the quota is enforced", () -> {
                try {
                    scene.client().resource(scene.pod("probe", 8)).dryRun().create();
                    return false;
                } catch (RuntimeException refused) {
                    return refused.getMessage().contains("exceeded quota");
                }
            });
            assertThatThrownBy(() -> scene.job(scene.pod("large", 8))).hasMessageContaining("exceeded quota");
            assertThat(berth.metric("berth_gpus_held")).hasValue(8);
            scene.job(scene.pod("small", 4));
            assertThat(scene.bound("small")).isEmpty();
            scene.awaitBound("small", 1);
        }
    }

    private static Pod labelled(Pod pod, String app) {
        return new PodBuilder(pod)
                .editMetadata()
                .addToLabels(Scene.APP, app)
                .endMetadata()
                .build();
    }
}
