package dev.berth.k8s.rig;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What nodes do while pods stand on them, or are on their way to them. */
@RealCluster
class NodeScenarioTest {

    @ParameterizedTest
    @EnumSource
    void podsOfADrainedNodeStandElsewhereAndNoneComesBackToIt(Mode mode) {
        try (Scene scene = Scene.open(mode)) {
            scene.nodes(3, 8);
            scene.startBerth();
            for (int i = 0; i < 8; i++) {
                scene.job(labelled(scene, "drained-" + i, "drained"));
            }
            Set<String> used = new HashSet<>(scene.awaitBound("drained", 8).values());
            assertThat(used).hasSize(1);
            String node = used.iterator().next();
            scene.rig().kubectl("cordon", node);
            scene.pods("drained").forEach(scene::delete);
            Await.until("all to stand elsewhere", () -> {
                var bound = scene.bound("drained");
                return bound.size() == 8 && !bound.containsValue(node);
            });
            scene.rig().kubectl("uncordon", node);
        }
    }

    private static Pod labelled(Scene scene, String name, String app) {
        Pod pod = scene.pod(name, 1);
        pod.getMetadata().setLabels(java.util.Map.of(Scene.APP, app));
        return pod;
    }

    @ParameterizedTest
    @EnumSource
    void podsThatAreOnTheirWayToADeletedNodeStandElsewhere(Mode mode) {
        try (Scene scene = Scene.open(mode)) {
            scene.nodes(2, 8);
            scene.startBerth();
            scene.job(scene.pod("before", 8));
            String node = scene.awaitBound("before", 1).values().iterator().next();
            // kube-scheduler is away, so the pod is on its way for as long as it takes to delete the node under it.
            scene.rig().stop("kube-scheduler");
            scene.job(scene.pod("after", 8));
            if (mode.isSteering()) {
                Await.until("its release", () -> scene.pods("after").stream().noneMatch(Truth::isGated));
            }
            String other = node.equals("node-0") ? "node-1" : "node-0";
            scene.rig().kubectl("delete", "node", other);
            scene.node(GpuObjects.node("node-7", 8));
            scene.rig().startAgain();
            assertThat(scene.awaitBound("after", 1)).containsValue("node-7");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aNodeThatGoesAndComesBackHasWhatItsPodsHold(Mode mode) {
        try (Scene scene = Scene.open(mode)) {
            scene.nodes(1, 8);
            scene.startBerth();
            scene.job(scene.pod("first", 5));
            scene.awaitBound("first", 1);
            scene.rig().kubectl("delete", "node", "node-0");
            scene.node(GpuObjects.node("node-0", 8));
            scene.job(scene.pod("second", 4));
            scene.job(scene.pod("third", 3));
            scene.awaitBound("third", 1);
            scene.awaitExplained("second");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aRelabelledNodeKeepsWhatItsPodsHold(Mode mode) {
        try (Scene scene = Scene.open(mode)) {
            scene.nodes(2, 8);
            scene.startBerth();
            scene.job(scene.pod("first", 8));
            String node = scene.awaitBound("first", 1).values().iterator().next();
            scene.rig()
                    .kubectl(
                            "label",
                            "node",
                            node,
                            "--overwrite",
                            "fabric.topograph.run/tier-0=leaf-9",
                            "nvidia.com/gpu.product=NVIDIA-H200",
                            "nvidia.com/gpu.memory=143771");
            scene.job(scene.pod("second", 8));
            assertThat(scene.awaitBound("second", 1)).doesNotContainValue(node);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aNodeThatLosesGpusUnderItsPodsGetsNoFurtherOnes(Mode mode) {
        try (Scene scene = Scene.open(mode)) {
            scene.nodes(2, 8);
            scene.startBerth();
            scene.job(scene.pod("first", 6));
            String node = scene.awaitBound("first", 1).values().iterator().next();
            scene.setAllocatable(node, GpuObjects.GPU, 4);
            scene.job(scene.pod("second", 2));
            assertThat(scene.awaitBound("second", 1)).doesNotContainValue(node);
            scene.end("first");
            scene.job(scene.pod("third", 4));
            scene.job(scene.pod("fourth", 4));
            scene.awaitBound("third", 1);
            scene.awaitBound("fourth", 1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aGangThatLosesANodeIsWholeAgain(Mode mode) {
        try (Scene scene = Scene.open(mode)) {
            scene.nodes(3, 8);
            scene.startBerth();
            scene.gang("gang", 2, 8);
            String lost = scene.awaitBound("gang", 2).values().iterator().next();
            scene.rig().kubectl("delete", "node", lost);
            scene.pods("gang").stream()
                    .filter(pod -> lost.equals(pod.getSpec().getNodeName()))
                    .forEach(scene::delete);
            Await.until("the gang to be whole on the nodes that are left", () -> {
                var bound = scene.bound("gang");
                return bound.size() == 2 && !bound.containsValue(lost);
            });
        }
    }
}
