package dev.berth.k8s.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.berth.k8s.api.Api;
import dev.berth.k8s.api.ApiAddress;
import dev.berth.k8s.api.ApiWrites;
import dev.berth.k8s.api.Rig;
import dev.berth.k8s.objects.PodObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@link ModelCluster} and a real API server are asked the same, and must answer the same and have the same pods then. */
@Tag("rig")
class ModelClusterRigTest {
    private static final int SCHEDULES = Boolean.getBoolean("berth.full") ? 300 : 30;
    private static final int STEPS = 40;

    @TempDir
    static Path directory;

    private static Rig rig;
    private static Api api;
    private static ApiWrites writes;

    @BeforeAll
    static void start() throws Exception {
        rig = Rig.start(directory, "--components", "etcd,kube-apiserver");
        ApiAddress address = ApiAddress.ofKubeconfig(rig.kubeconfig("admin"));
        api = new Api(address);
        writes = new ApiWrites(address, 1, () -> true, 5000, pod -> 0, "berth-test");
    }

    @AfterAll
    static void stop() throws Exception {
        if (writes != null) {
            assertThat(writes.stop(10_000)).isTrue();
        }
        if (rig != null) {
            rig.stop();
        }
    }

    @Test
    void theModelAnswersAsTheApiServerDoes() throws Exception {
        for (long seed = 1; seed <= SCHEDULES; seed++) {
            new Schedule(seed).run();
        }
    }

    /** A pod on both sides. */
    private record Pair(PodRef model, PodRef real) {}

    private static final class Schedule {
        private final long seed;
        private final Random random;
        private final ModelCluster model;
        private final List<Pair> pairs = new ArrayList<>();
        private final List<String> history = new ArrayList<>();

        Schedule(long seed) {
            this.seed = seed;
            this.random = new Random(seed);
            this.model = new ModelCluster(seed);
            for (int i = 0; i < 3; i++) {
                model.node("node-" + i, 16, Map.of(), true);
            }
        }

        void run() throws Exception {
            for (int step = 0; step < STEPS; step++) {
                if (pairs.size() < 2 || random.nextInt(6) == 0) {
                    create();
                } else {
                    // Mostly the newest ones; those that are gone stay among them.
                    Pair pair = pairs.get(Math.max(0, pairs.size() - 1 - random.nextInt(4)));
                    write(pair);
                    compare(pair);
                }
            }
            for (Pair pair : pairs) {
                compare(pair);
            }
            for (Pair pair : pairs) {
                api.delete(pair.real);
            }
        }

        private void create() throws Exception {
            // A name that was deleted is used again now and then: the UID is another one.
            List<String> free = pairs.stream()
                    .filter(pair -> !model.pods.containsKey(pair.model.uid()))
                    .map(pair -> pair.model.name())
                    .filter(name -> model.pods.values().stream()
                            .noneMatch(pod -> pod.name().equals(name)))
                    .toList();
            String name = !free.isEmpty() && random.nextBoolean() ? free.get(0) : "m-" + seed + "-" + pairs.size();
            boolean gated = random.nextInt(3) > 0;
            history.add("create " + name + (gated ? " gated" : ""));
            PodObject made = model.create(name, 1, gated, false, 0, Map.of(), null);
            PodRef real = gated ? api.createPod(name, "", EngineSettings.GATE) : api.createPod(name, "");
            pairs.add(new Pair(ModelCluster.ref(made), real));
        }

        private void write(Pair pair) throws Exception {
            String node = "node-" + random.nextInt(2);
            Map<String, String> stamps = Map.of("berth.dev/node", node, "berth.dev/gpus", "" + random.nextInt(3));
            PodObject known = model.pods.get(pair.model.uid());
            boolean hasTerms = known != null && !known.spec().nodeTerms().isEmpty() && random.nextBoolean();
            switch (random.nextInt(10)) {
                case 0, 1, 2 -> {
                    Writes.How how = random.nextInt(3) == 0 ? Writes.How.NOMINATE : Writes.How.PIN;
                    both(
                            "release " + how + " to " + node + (hasTerms ? " with terms " : " ") + stamps,
                            pair,
                            (to, ref, done) -> to.release(ref, how, node, hasTerms, stamps, done));
                }
                case 3, 4 ->
                    both("bind to " + node + stamps, pair, (to, ref, done) -> to.bind(ref, node, stamps, done));
                case 5 -> {
                    if (known == null || !known.isBound()) {
                        // What is bound ends when its node says so, and there is none.
                        both("delete", pair, (to, ref, done) -> to.delete(ref, done));
                    }
                }
                case 6 -> both("nominate for " + node, pair, (to, ref, done) -> to.nominate(ref, node, done));
                case 7, 8 ->
                    both(
                            "nominate for " + node + " no more",
                            pair,
                            (to, ref, done) -> to.withdrawNomination(ref, node, done));
                default -> {
                    PodRef stranger = new PodRef("default", "never-was", "6a5ff8d4-7c13-4bd5-b2a7-3c2a54a7d5ab");
                    both(
                            "release of a stranger",
                            new Pair(stranger, stranger),
                            (to, ref, done) -> to.release(ref, Writes.How.PIN, node, false, stamps, done));
                }
            }
        }

        private interface Write {
            void to(Writes to, PodRef ref, Consumer<Outcome> done);
        }

        private void both(String what, Pair pair, Write write) throws Exception {
            history.add(what + " of " + pair.real);
            List<Outcome> said = new ArrayList<>();
            write.to(model, pair.model, said::add);
            while (model.serve() || model.answer()) {
                model.deliver();
            }
            BlockingQueue<Outcome> box = new ArrayBlockingQueue<>(2);
            write.to(writes, pair.real, box::add);
            Outcome outcome = box.poll(30, TimeUnit.SECONDS);
            assertThat(outcome).as("answered: %s", this).isNotNull();
            history.add("  " + outcome);
            assertThat(said).hasSize(1);
            assertThat(said.get(0).kind())
                    .as("the model's answer, by the real one's %s: %s", outcome, this)
                    .isEqualTo(outcome.kind());
        }

        private void compare(Pair pair) throws Exception {
            PodObject known = model.pods.get(pair.model.uid());
            JsonNode is = api.pod(pair.real);
            boolean isThere = pair.real.uid().equals(is.at("/metadata/uid").asText());
            assertThat(known != null).as("%s is there: %s", pair, this).isEqualTo(isThere);
            if (known == null) {
                return;
            }
            assertThat(known.spec().schedulingGates().size())
                    .as("gates of %s: %s", pair, this)
                    .isEqualTo(is.at("/spec/schedulingGates").size());
            assertThat(String.valueOf(known.spec().nodeName()))
                    .as("node of %s: %s", pair, this)
                    .isEqualTo(is.at("/spec/nodeName").asText("null"));
            for (String key : List.of("node", "gpus")) {
                assertThat(String.valueOf(known.annotations().get("berth.dev/" + key)))
                        .as("%s of %s: %s", key, pair, this)
                        .isEqualTo(
                                is.at("/metadata/annotations/berth.dev~1" + key).asText("null"));
            }
            JsonNode pins = is.at(
                    "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms/0/matchFields");
            List<String> pinned = new ArrayList<>();
            pins.forEach(pin -> pinned.add(pin.at("/values/0").asText()));
            List<String> modelled = known.spec().nodeTerms().stream()
                    .map(term -> term.fields().get(0).values().get(0))
                    .toList();
            assertThat(modelled).as("pins of %s: %s", pair, this).isEqualTo(pinned);
            if (!known.isBound()) {
                assertThat(String.valueOf(known.status().nominatedNodeName()))
                        .as("nominated node of %s: %s", pair, this)
                        .isEqualTo(is.at("/status/nominatedNodeName").asText("null"));
            }
        }

        @Override
        public String toString() {
            return "schedule of seed " + seed + "\n" + String.join("\n", history);
        }
    }
}
