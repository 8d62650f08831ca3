package dev.berth.k8s.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.k8s.objects.PodObject;
import dev.berth.k8s.rig.Mode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Random schedules of faults against a model of the cluster. A failure names its seed, which repeats it. */
class EngineModelTest {
    private static final EngineSettings SETTINGS = new EngineSettings(
            java.util.Set.of("default-scheduler"),
            EngineSettings.GATE,
            true,
            EngineSettings.Steering.AUTO,
            true,
            5_000,
            10_000,
            100,
            6,
            3_000,
            EngineSettings.GangVictims.WHOLE);
    private static final int SCHEDULES = Boolean.getBoolean("berth.full") ? 20_000 : 1_000;

    @Test
    void steeredSchedulesKeepTheLaws() {
        for (long seed = 1; seed <= SCHEDULES; seed++) {
            run(seed, Mode.STEERED);
        }
    }

    @Test
    void extendedSchedulesKeepTheLaws() {
        for (long seed = 1; seed <= SCHEDULES; seed++) {
            run(seed, Mode.EXTENDER);
        }
    }

    @Test
    void schedulesOfBothKeepTheLaws() {
        for (long seed = 1; seed <= SCHEDULES; seed++) {
            run(seed, Mode.BOTH);
        }
    }

    private static void run(long seed, Mode mode) {
        ModelCluster model = new ModelCluster(seed);
        model.wasSteered = mode.isSteering();
        try {
            new Run(model, mode).all();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(
                    mode + " schedule of seed " + seed + ": " + e.getMessage() + "\n"
                            + String.join("\n", model.history),
                    e);
        }
    }

    /** One schedule. */
    private static final class Run {
        private final ModelCluster model;
        private final Random random;
        private final Mode mode;
        private int made;

        Run(ModelCluster model, Mode mode) {
            this.model = model;
            this.random = model.random;
            this.mode = mode;
        }

        void all() {
            int nodes = 1 + random.nextInt(5);
            for (int i = 0; i < nodes; i++) {
                model.node("node-" + i, 4 + 4 * random.nextInt(2), labels(i), true);
            }
            model.restart(SETTINGS);
            model.asksAtCreation = random.nextInt(3) > 0;
            model.faults = random.nextInt(4) == 0 ? 0 : random.nextInt(25);
            int steps = 40 + random.nextInt(160);
            for (int step = 0; step < steps; step++) {
                step();
            }
            calmDown();
            model.engine
                    .view()
                    .nodes()
                    .forEach(node -> model.note("book " + node.name() + " " + node.state() + node.gpuHeldMilli()
                            + node.pods() + ", free in truth: " + model.freeGpus(node.name())));
            check();
            if (model.tells) {
                model.engine.gpusSeen(model.report(100));
                checkTruth("after a report of all");
                check();
                model.engine.follow();
                model.engine.lead();
                checkTruth("after another replica led");
                check();
            }
        }

        /** Each pod of which a report could be stands on its GPUs, and nobody else does. */
        private void checkTruth(String when) {
            Map<String, String> holders = new HashMap<>();
            for (PodObject pod : model.pods.values()) {
                if (!pod.isBound() || pod.isFinished()) {
                    continue;
                }
                String node = pod.spec().nodeName();
                long there = model.nodes.get(node).allocatable().get("nvidia.com/gpu");
                Explanation why = model.engine.why("default", pod.name()).orElseThrow();
                List<Integer> truth = model.truth.get(pod.uid());
                boolean canBe = truth != null && truth.stream().allMatch(gpu -> gpu < there);
                assertThat(why.gpusKnown())
                        .as("%s %s: %s", pod.name(), when, why)
                        .isEqualTo(canBe);
                if (canBe) {
                    assertThat(why.gpus()).as("%s %s", pod.name(), when).isEqualTo(truth);
                }
                boolean isTooFull = model.shrunk.contains(node);
                for (int gpu : why.gpus()) {
                    String other = holders.put(node + " " + gpu, pod.name() + why.gpusKnown());
                    boolean isSure = other != null && other.endsWith("true") && why.gpusKnown();
                    assertThat(other == null || isTooFull && !isSure)
                            .as("GPU %d of %s is %s's and %s's %s", gpu, node, pod.name(), other, when)
                            .isTrue();
                }
            }
        }

        private Map<String, String> labels(int i) {
            return Map.of("leaf", "leaf-" + i / 2, "pool", i % 2 == 0 ? "even" : "odd");
        }

        private void step() {
            if (model.tells && random.nextInt(4) == 0) {
                model.tell();
            }
            switch (random.nextInt(20)) {
                case 0, 1 -> {
                    makePod();
                    // Enough that kube-scheduler has a queue.
                    for (int more = mode.isAsked() ? random.nextInt(4) * random.nextInt(4) : 0; more > 0; more--) {
                        makePod();
                    }
                }
                case 2 -> makeGang();
                case 3 -> deletePod();
                case 4 -> disturbNodes();
                case 5 -> finishPod();
                case 6 -> {
                    if (random.nextInt(6) == 0) {
                        model.restart(SETTINGS);
                    }
                }
                case 7 -> {
                    model.now += random.nextInt(2_000);
                    model.engine.tick();
                }
                case 8 -> {
                    if (random.nextInt(8) == 0) {
                        model.note("another replica leads for a while");
                        model.engine.follow();
                        // A replica leads when no write of the one before can come any more, and when it has seen them
                        // all.
                        while (model.serve() || model.answer() || model.deliver()) {
                            model.note("before it leads");
                        }
                        model.engine.lead();
                    }
                }
                case 9, 10, 11 -> model.engine.work();
                case 12, 13, 14 -> model.deliver();
                case 15, 16 -> model.serve();
                case 17 -> {
                    if (!model.answer()) {
                        model.endOne();
                    }
                }
                default -> schedule();
            }
        }

        private void makePod() {
            String pool = random.nextInt(4) == 0 ? "even" : null;
            model.create(
                    "pod-" + ++made,
                    1 + random.nextInt(random.nextInt(3) == 0 ? 8 : 2),
                    mode.isSteering() && random.nextInt(mode == Mode.BOTH ? 3 : 10) > 0,
                    random.nextInt(3) > 0,
                    random.nextInt(3),
                    Map.of(),
                    pool);
        }

        private void makeGang() {
            int size = 2 + random.nextInt(4);
            String gang = "gang-" + ++made;
            int gpus = 1 + random.nextInt(4);
            boolean isGated = mode == Mode.STEERED || mode == Mode.BOTH && random.nextInt(3) > 0;
            for (int i = 0; i < size; i++) {
                Map<String, String> annotations =
                        new HashMap<>(Map.of("berth.dev/gang", gang, "berth.dev/gang-size", String.valueOf(size)));
                if (made % 3 == 0) {
                    annotations.put("berth.dev/required-tier", "leaf");
                }
                model.create(gang + "-" + i, gpus, isGated, true, random.nextInt(2), annotations, null);
            }
        }

        private PodObject any(List<PodObject> pods) {
            return pods.isEmpty() ? null : pods.get(random.nextInt(pods.size()));
        }

        private void deletePod() {
            PodObject pod = any(List.copyOf(model.pods.values()));
            if (pod != null) {
                model.delete(pod);
            }
        }

        private void finishPod() {
            PodObject pod = any(model.pods.values().stream()
                    .filter(one -> one.isBound() && !one.isFinished())
                    .toList());
            if (pod != null) {
                model.finish(pod);
            }
        }

        private void disturbNodes() {
            int i = random.nextInt(6);
            String name = "node-" + i;
            switch (random.nextInt(5)) {
                case 0 -> {
                    if (model.nodes.containsKey(name)) {
                        model.deleteNode(name);
                        // What ran there is gone with it, as the life-cycle controller sees to.
                        for (PodObject pod : model.on(name)) {
                            model.delete(pod);
                        }
                    }
                }
                case 1 -> model.node(name, random.nextInt(9), labels(i), true);
                case 2 -> model.node(name, 8, labels(i), false);
                case 3 -> model.node(name, 8, labels(i + 1), true);
                default -> model.node(name, 8, labels(i), true);
            }
            model.note("nodes: " + model.nodes);
        }

        private void schedule() {
            PodObject pod = any(model.schedulable());
            if (pod != null) {
                if (random.nextInt(4) == 0
                        && model.feasible(pod).isEmpty()
                        && pod.spec().nodeTerms().isEmpty()) {
                    model.preemptFor(pod, mode.isAsked());
                } else if (!mode.isAsked()) {
                    model.schedule(pod);
                } else {
                    model.scheduleExtended(pod, random.nextInt(8) == 0);
                }
            }
        }

        /** No more faults; time passes until nothing changes any more. */
        private void calmDown() {
            model.note("calm");
            model.faults = 0;
            for (int i = 0; i < 6; i++) {
                if (!model.nodes.containsKey("node-" + i)
                        || model.nodes.get("node-" + i).unschedulable()) {
                    model.node("node-" + i, 8, labels(i), true);
                }
            }
            for (int round = 0; round < 120; round++) {
                boolean more = true;
                while (more) {
                    more = model.deliver() || model.serve() || model.answer() || model.endOne();
                    model.engine.work();
                }
                for (PodObject pod : List.copyOf(model.schedulable())) {
                    if (pod.equals(model.pods.get(pod.uid()))) {
                        if (!mode.isAsked()) {
                            model.schedule(pod);
                        } else {
                            model.scheduleExtended(pod, false);
                            while (model.serve() || model.answer()) {
                                model.deliver();
                            }
                        }
                    }
                }
                model.now += 500;
                model.engine.tick();
            }
            boolean more = true;
            while (more) {
                more = model.deliver() || model.serve() || model.answer();
            }
        }

        private void check() {
            Map<String, Integer> held = new TreeMap<>();
            for (PodObject pod : model.pods.values()) {
                if (pod.isFinished()) {
                    continue;
                }
                Explanation why = model.engine
                        .why("default", pod.name())
                        .orElseThrow(() -> new AssertionError("the engine does not know " + pod));
                assertThat(why.sentence()).as("each pod has its reason").isNotEmpty();
                if (pod.isBound()) {
                    held.merge(pod.spec().nodeName(), ModelCluster.gpus(pod), Integer::sum);
                    assertThat(why.state()).as(pod.name()).isEqualTo("bound");
                    assertThat(why.nodeName())
                            .as(pod.name())
                            .isEqualTo(pod.spec().nodeName());
                } else {
                    String gate = pod.spec().schedulingGates().isEmpty() ? "open" : "gated";
                    assertThat(gate.equals("open") || model.lastTold(pod).contains(why.sentence()))
                            .as("%s is told last why it waits, %s: %s", pod.name(), why, model.lastTold(pod))
                            .isTrue();
                    boolean isAlone = !pod.annotations().containsKey("berth.dev/gang");
                    boolean fits = !model.feasible(pod).isEmpty();
                    // A bare pod that is pinned to what cannot take it is only reported.
                    boolean canBeHealed =
                            pod.owner() != null || pod.spec().nodeTerms().isEmpty();
                    assertThat(isAlone && fits && canBeHealed)
                            .as("%s waits (%s) though it fits: %s", pod.name(), gate, why)
                            .isFalse();
                    assertThat(mode.isSteering() || pod.status().nominatedNodeName() == null || why.nodeName() != null)
                            .as("%s is nominated for what is held for it: %s", pod.name(), why)
                            .isTrue();
                }
            }
            Insight.Figures figures = model.engine.figures();
            long expected = held.values().stream().mapToInt(i -> i).sum() * 1000L;
            assertThat(figures.gpusHeldMilli() - heldByWaiting())
                    .as("held, and only by what is bound")
                    .isEqualTo(expected);
            assertThat(figures.driftRepairs()).as("repairs").isZero();
            checkGangs();
        }

        /** GPUs held for pods that are not bound: pinned ones that cannot be healed. */
        private long heldByWaiting() {
            long held = 0;
            for (PodObject pod : model.pods.values()) {
                if (!pod.isBound() && !pod.isFinished()) {
                    Explanation why = model.engine.why("default", pod.name()).orElseThrow();
                    held += why.gpus().isEmpty() ? 0 : 1000L * ModelCluster.gpus(pod);
                }
            }
            return held;
        }

        private void checkGangs() {
            Map<String, List<PodObject>> gangs = new TreeMap<>();
            Map<String, Boolean> everEnded = new HashMap<>();
            for (PodObject pod : model.pods.values()) {
                String gang = pod.annotations().get("berth.dev/gang");
                if (gang != null) {
                    gangs.computeIfAbsent(gang, name -> new ArrayList<>()).add(pod);
                    everEnded.merge(gang, pod.isFinished(), Boolean::logicalOr);
                }
            }
            gangs.forEach((name, members) -> {
                long bound = members.stream()
                        .filter(pod -> pod.isBound() && !pod.isFinished())
                        .count();
                if (!everEnded.get(name) && !model.oncePlaced.contains(name)) {
                    assertThat(bound)
                            .as("bound pods of gang %s of %d", name, members.size())
                            .isIn(0L, (long) members.size());
                }
            });
        }
    }
}
