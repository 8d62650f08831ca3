package dev.berth.k8s.rig;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Faults in random order while pods come and go: nothing is ever double-booked, and once all works again nothing is leaked, no gang stands in part and every pod that
 * waits says why. {@code -Dberth.rig.seed=N} runs one seed again; {@code -Dberth.rig.seeds=N} runs that many of each mode.
 */
@RealCluster
class RandomFaultTest {
    private static final int STEPS = 30;
    private static final int NODES = 6;

    static Stream<Arguments> runs() {
        Long seed = Long.getLong("berth.rig.seed");
        int usual = Boolean.getBoolean("berth.full") ? 25 : 1;
        int count = seed == null ? Integer.getInteger("berth.rig.seeds", usual) : 1;
        Random random = new Random();
        return Stream.of(Mode.values())
                .flatMap(mode -> IntStream.range(0, count)
                        .mapToObj(i -> Arguments.of(mode, seed == null ? random.nextInt(1 << 30) : seed)));
    }

    @ParameterizedTest(name = "{0}, seed {1}")
    @MethodSource("runs")
    void whateverFailsNothingIsDoubleBookedLeakedOrSilent(Mode mode, long seed) {
        System.err.println("faults in mode " + mode + " of seed " + seed);
        List<String> done = new ArrayList<>();
        try (Scene scene = Scene.open(mode)) {
            Run run = new Run(scene, new Random(seed), done);
            run.begin();
            for (int step = 0; step < STEPS; step++) {
                run.step();
                scene.checkNow();
            }
            run.mend();
            run.settle();
        } catch (AssertionError | RuntimeException failure) {
            throw new AssertionError("mode " + mode + ", seed " + seed + ": " + String.join("\n", done), failure);
        }
    }

    /** One schedule of faults. */
    private static final class Run {
        private final Scene scene;
        private final Random random;
        private final List<String> done;
        private final ApiProxy proxy;
        /** Sizes by name; 1 for a pod alone. */
        private final Map<String, Integer> apps = new LinkedHashMap<>();

        private final TreeSet<String> disturbed = new TreeSet<>();
        private final TreeSet<Integer> gone = new TreeSet<>();
        /** Whether Berth is asked about new pods: then it gives them their place at once, and while it is down pods go on without it. */
        private final boolean isAskedAtCreation;

        private BerthProcess berth;
        private boolean isPaused;
        private boolean isSchedulerStopped;

        Run(Scene scene, Random random, List<String> done) {
            this.scene = scene;
            this.random = random;
            this.done = done;
            this.proxy = scene.proxy();
            isAskedAtCreation = scene.mode().isSteering() && random.nextBoolean();
        }

        void begin() {
            scene.nodes(NODES, 8);
            start();
            berth.awaitReady();
            if (isAskedAtCreation) {
                done.add("the webhook gates");
                scene.gateByWebhook();
            }
        }

        private void start() {
            berth = scene.startBerth(scene.settings().withGangTimeout(10).through(proxy));
        }

        void step() {
            int dice = random.nextInt(100);
            if (dice < 30) {
                pod();
            } else if (dice < 45 && isAskedAtCreation) {
                pod(); // of a gang that is made while Berth is down nothing is promised
            } else if (dice < 45) {
                gang();
            } else if (dice < 55) {
                deletePod();
            } else if (dice < 65) {
                end();
            } else if (dice < 73) {
                kill();
            } else if (dice < 80) {
                pause();
            } else if (dice < 86) {
                node();
            } else if (dice < 92) {
                cut();
            } else if (dice < 95) {
                scheduler();
            } else if (dice < 97) {
                done.add("API server restarts");
                scene.rig().kill("kube-apiserver");
                scene.rig().startAgain();
                isSchedulerStopped = false;
            } else {
                cordon();
            }
        }

        private void pod() {
            String name = "pod-" + apps.size();
            int gpus = 1 << random.nextInt(4);
            boolean bare = random.nextInt(4) == 0;
            done.add("create " + (bare ? "bare " : "") + name + " of " + gpus + " GPUs");
            apps.put(name, 1);
            Pod pod = scene.pod(name, gpus);
            if (bare) {
                scene.bare(pod);
            } else {
                scene.job(pod);
            }
        }

        private void gang() {
            String name = "gang-" + apps.size();
            int size = 2 + random.nextInt(5);
            int gpus = 1 << random.nextInt(4);
            done.add("create " + name + " of " + size + " x " + gpus + " GPUs");
            apps.put(name, size);
            scene.gang(name, size, gpus);
        }

        private void deletePod() {
            List<Pod> pods = apps.keySet().stream()
                    .flatMap(app -> scene.pods(app).stream())
                    .toList();
            if (!pods.isEmpty()) {
                Pod pod = pods.get(random.nextInt(pods.size()));
                done.add("delete " + pod.getMetadata().getName());
                disturbed.add(pod.getMetadata().getLabels().get(Scene.APP));
                scene.delete(pod);
            }
        }

        private void end() {
            if (!apps.isEmpty()) {
                String app = List.copyOf(apps.keySet()).get(random.nextInt(apps.size()));
                done.add("end " + app);
                scene.end(app);
                apps.put(app, 0);
            }
        }

        private void kill() {
            done.add("kill Berth, start another");
            berth.kill();
            isPaused = false;
            start();
        }

        private void pause() {
            done.add(isPaused ? "resume Berth" : "pause Berth");
            if (isPaused) {
                berth.resume();
            } else {
                berth.pause();
            }
            isPaused = !isPaused;
        }

        private void node() {
            int index = random.nextInt(NODES);
            if (gone.remove(index)) {
                done.add("node-" + index + " comes back");
                scene.node(GpuObjects.node("node-" + index, 8));
                return;
            }
            done.add("node-" + index + " goes, and its pods with it");
            gone.add(index);
            scene.rig().kubectl("delete", "node", "node-" + index);
            disturbed.addAll(apps.keySet());
            deletePodsOn("node-" + index);
        }

        /** What the control plane's garbage collection of pods does. */
        private void deletePodsOn(String node) {
            apps.keySet().stream()
                    .flatMap(app -> scene.pods(app).stream())
                    .filter(pod -> node.equals(pod.getSpec().getNodeName()))
                    .forEach(scene::delete);
        }

        private void cut() {
            done.add("cut Berth off from the API server, and join it again");
            proxy.cut();
            pod();
            proxy.mend();
        }

        private void scheduler() {
            done.add(isSchedulerStopped ? "start kube-scheduler" : "kill kube-scheduler");
            if (isSchedulerStopped) {
                scene.rig().startAgain();
            } else {
                scene.rig().kill("kube-scheduler");
            }
            isSchedulerStopped = !isSchedulerStopped;
        }

        private void cordon() {
            int index = random.nextInt(NODES);
            if (!gone.contains(index)) {
                done.add("cordon or uncordon node-" + index);
                String verb = random.nextBoolean() ? "cordon" : "uncordon";
                scene.rig().kubectl(verb, "node-" + index);
            }
        }

        /** All works again. */
        void mend() {
            done.add("all works again");
            scene.rig().startAgain();
            if (isPaused) {
                berth.resume();
            }
            for (int index : gone) {
                // A pod may have been bound by name to a node that was gone already.
                deletePodsOn("node-" + index);
                scene.node(GpuObjects.node("node-" + index, 8));
            }
            for (int index = 0; index < NODES; index++) {
                scene.rig().kubectl("uncordon", "node-" + index);
            }
        }

        void settle() {
            berth.awaitReady();
            Await.right(Await.LONG, () -> {
                String wrong = Truth.silent(scene.client());
                for (Map.Entry<String, Integer> app : apps.entrySet()) {
                    int size = app.getValue();
                    int bound = scene.bound(app.getKey()).size();
                    boolean isPartial = size > 1 && bound > 0 && bound < size && !disturbed.contains(app.getKey());
                    wrong += isPartial ? " gang " + app.getKey() + " stands in part: " + bound + " of " + size : "";
                }
                return wrong;
            });
        }
    }
}
