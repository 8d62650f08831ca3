package dev.berth.k8s.rig;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Where pods come to stand on a real cluster, in every mode. */
@RealCluster
class PlacingScenarioTest {

    @ParameterizedTest
    @EnumSource
    void podsFillOneNodeAfterTheOther(Mode mode) {
        try (Scene scene = Scene.open(mode)) {
            scene.nodes(4, 8);
            scene.startBerth();
            for (int i = 0; i < 16; i++) {
                Pod pod = new PodBuilder(scene.pod("pack-" + i, 1))
                        .editMetadata()
                        .addToLabels(Scene.APP, "pack")
                        .endMetadata()
                        .build();
                if (i % 2 == 0) {
                    scene.job(pod);
                } else {
                    scene.bare(pod);
                }
            }
            assertThat(new HashSet<>(scene.awaitBound("pack", 16).values())).hasSize(2);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aGangOf32StartsWhole(Mode mode) {
        try (Scene scene = Scene.open(mode)) {
            scene.nodes(5, 8);
            scene.startBerth();
            scene.gang("wide", 32, 1);
            assertThat(new HashSet<>(scene.awaitBound("wide", 32).values())).hasSize(4);
            assertThat(scene.pods("wide").stream().map(pod -> Truth.annotation(pod, Truth.GPUS)))
                    .allMatch(gpus -> gpus.matches("[0-7]"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void ofTwoGangsThatEachFitOneStartsWholeAndTheOtherWaitsWhole(Mode mode) {
        try (Scene scene = Scene.open(mode)) {
            scene.nodes(4, 8);
            scene.startBerth();
            for (int rank = 0; rank < 20; rank++) {
                scene.job(scene.member("one", rank, 20, 1));
                scene.job(scene.member("two", rank, 20, 1));
            }
            Await.until(
                    "one gang to be whole",
                    () -> Math.max(scene.bound("one").size(), scene.bound("two").size()) == 20);
            String first = scene.bound("one").size() == 20 ? "one" : "two";
            String second = first.equals("one") ? "two" : "one";
            scene.awaitExplained(second);
            scene.end(first);
            scene.awaitBound(second, 20);
        }
    }

    @ParameterizedTest
    @EnumSource
    void twoGpusAreAPairThatNvlinkJoins(Mode mode, @TempDir Path folder) throws IOException {
        Path file = folder.resolve("cluster.yaml");
        Files.writeString(file, """
                nodes:
                  - name: node-{0..1}
                    gpu: {model: NVIDIA-H100-NVL, count: 4, topology: pairs}
                    cpuMilli: 128000
                    memoryMib: 1966080
                """);
        try (Scene scene = Scene.open(mode)) {
            for (int i = 0; i < 2; i++) {
                Node node = GpuObjects.node("node-" + i, 4);
                scene.node(new NodeBuilder(node)
                        .editMetadata()
                        .addToLabels("nvidia.com/gpu.product", "NVIDIA-H100-NVL")
                        .endMetadata()
                        .build());
            }
            scene.startBerth(scene.settings().with("cluster: {file: " + file + "}"))
                    .awaitReady();
            scene.job(scene.pod("single", 1));
            scene.awaitBound("single", 1);
            scene.job(scene.pod("pair", 2));
            scene.awaitBound("pair", 1);
            assertThat(gpus(scene.pods("pair").get(0))).isIn(Set.of(0, 1), Set.of(2, 3));
        }
    }

    private static Set<Integer> gpus(Pod pod) {
        Set<Integer> gpus = new HashSet<>();
        Arrays.stream(Truth.annotation(pod, Truth.GPUS).split(",", -1))
                .map(Integer::valueOf)
                .forEach(gpus::add);
        return gpus;
    }

    @ParameterizedTest
    @EnumSource
    void migInstancesAreCountedByTheirProfiles(Mode mode) {
        try (Scene scene = Scene.open(mode)) {
            Map<String, Integer> instances = Map.of("nvidia.com/mig-3g.40gb", 2, "nvidia.com/mig-1g.10gb", 7);
            scene.node(new NodeBuilder(GpuObjects.node("node-0", instances))
                    .editMetadata()
                    .addToLabels("nvidia.com/mig.strategy", "mixed")
                    .addToLabels("nvidia.com/gpu.count", "2")
                    .endMetadata()
                    .build());
            scene.startBerth();
            for (int i = 0; i < 2; i++) {
                scene.job(GpuObjects.pod(scene.namespace(), "large-" + i, Map.of("nvidia.com/mig-3g.40gb", 1)));
            }
            for (int i = 0; i < 7; i++) {
                scene.job(GpuObjects.pod(scene.namespace(), "small-" + i, Map.of("nvidia.com/mig-1g.10gb", 1)));
            }
            for (String app : List.of("large-0", "large-1", "small-0", "small-3", "small-6")) {
                scene.awaitBound(app, 1);
            }
            scene.job(GpuObjects.pod(scene.namespace(), "more", Map.of("nvidia.com/mig-3g.40gb", 1)));
            scene.awaitExplained("more");
            scene.end("large-0");
            scene.awaitBound("more", 1);
        }
    }

    /** kube-scheduler asks an extender only about pods that ask for a resource, which shares of a GPU do not. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "EXTENDER")
    void sharesOfOneGpuNeverSumToMoreThanIt(Mode mode) {
        try (Scene scene = Scene.open(mode)) {
            scene.nodes(1, 2);
            scene.startBerth();
            int[] milli = {600, 600, 400, 300};
            for (int i = 0; i < milli.length; i++) {
                scene.job(share(scene, i, milli[i]));
            }
            scene.awaitBound("share", 4);
            scene.job(scene.pod("whole", 1));
            scene.awaitExplained("whole");
        }
    }

    private static Pod share(Scene scene, int index, int milli) {
        return new PodBuilder(GpuObjects.pod(scene.namespace(), "share-" + index, Map.of()))
                .editMetadata()
                .addToLabels(Scene.APP, "share")
                .addToAnnotations(Truth.MILLI, Integer.toString(milli))
                .endMetadata()
                .build();
    }

    @ParameterizedTest
    @EnumSource
    void moreThanThereIsWaitsWithAReasonAndGoesOnWhenThereIsRoom(Mode mode) {
        try (Scene scene = Scene.open(mode)) {
            scene.nodes(1, 8);
            scene.startBerth();
            scene.job(scene.pod("first", 5));
            scene.awaitBound("first", 1);
            scene.job(scene.pod("second", 4));
            scene.awaitExplained("second");
            scene.end("first");
            scene.awaitBound("second", 1);
        }
    }
}
