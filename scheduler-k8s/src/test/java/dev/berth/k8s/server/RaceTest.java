package dev.berth.k8s.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.berth.k8s.engine.ClusterEvents;
import dev.berth.k8s.engine.Engine;
import dev.berth.k8s.engine.EngineClock;
import dev.berth.k8s.engine.EngineSettings;
import dev.berth.k8s.engine.Extender;
import dev.berth.k8s.engine.Insight;
import dev.berth.k8s.engine.ObjectReading;
import dev.berth.k8s.nodes.ClusterSettings;
import dev.berth.k8s.pods.PodSettings;
import dev.berth.k8s.server.MemoryApi.Live;
import dev.berth.k8s.server.ServerSettings.Filter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * 64 clients at the same time, each of them a kube-scheduler with little care: they ask for one pod twice, give up what they were promised, go away before
 * they are answered, and ask for groups of pods placement by placement; meanwhile pods are deleted and made anew, and bindings fail. In the end every pod
 * stands, no GPU was ever given to two, and nothing is held that nobody has.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class RaceTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int CLIENTS = 64;
    private static final int NODES = 24;
    private static final int SINGLES = 30;
    private static final int GROUPS = 3;
    private static final int GROUP_SIZE = 4;
    private static final int DELETIONS = 150;

    private final long seed = new Random().nextLong();
    private final MemoryApi api = new MemoryApi(seed);
    private final List<String> nodes = new ArrayList<>();
    private final ConcurrentLinkedQueue<String> queue = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean stop = new AtomicBoolean();
    private final AtomicInteger lost = new AtomicInteger();

    @Test
    void againstTheSimplestBook() throws Exception {
        SimpleBook book = new SimpleBook(api);
        race(
                book,
                book,
                book::tick,
                () -> book.held() == bound(),
                () -> book.held() + " of " + bound() + " GPUs are held");
    }

    @Test
    void againstTheEngine() throws Exception {
        EngineSettings settings = new EngineSettings(
                Set.of("default-scheduler"),
                EngineSettings.GATE,
                true,
                EngineSettings.Steering.AUTO,
                true,
                1_000,
                5_000,
                50,
                16,
                10_000,
                EngineSettings.GangVictims.WHOLE);
        ObjectReading reading = new ObjectReading(PodSettings.DEFAULT, ClusterSettings.DEFAULT, false);
        Engine engine = new Engine(settings, reading, api, EngineClock.SYSTEM);
        race(
                engine,
                engine,
                () -> {
                    try {
                        engine.awaitWork(20);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    engine.work();
                    engine.tick();
                },
                () -> {
                    Insight.Figures figures = engine.figures();
                    return figures.gpusHeldMilli() == 1000L * bound()
                            && figures.podsHeld() == 0
                            && figures.podsWaiting() == 0
                            && figures.overcommittedNodes() == 0;
                },
                () -> engine.figures() + " of " + bound() + " GPUs "
                        + engine.view().waiting() + engine.decisionsAfter(0));
    }

    private long bound() {
        return api.all().stream()
                .filter(pod -> pod.nodeName() != null)
                .mapToInt(Live::gpus)
                .sum();
    }

    private void race(
            Extender extender, ClusterEvents events, Runnable tick, BooleanSupplier isClean, Supplier<String> state)
            throws Exception {
        api.watchedBy(events);
        for (int i = 0; i < NODES; i++) {
            nodes.add("node-" + i);
            events.nodeSeen(MemoryApi.node("node-" + i));
        }
        events.synced();
        events.lead();
        api.remade = pod -> queue.add(pod.uid());
        Random random = new Random(seed);
        for (int i = 0; i < SINGLES; i++) {
            queue.add(api.create(1 << random.nextInt(3), null, 0).uid());
        }
        for (int group = 0; group < GROUPS; group++) {
            for (int member = 0; member < GROUP_SIZE; member++) {
                queue.add(api.create(2, "g" + group, GROUP_SIZE).uid());
            }
        }
        // What was made is often asked for by two clients at the same time.
        queue.addAll(List.copyOf(queue));
        ExecutorService threads = Executors.newCachedThreadPool();
        try (TestServer server = new TestServer(
                TestServer.settings(TestServer.PLAIN, true, Filter.ONE, TestServer.limits()), extender)) {
            List<Future<?>> running = new ArrayList<>();
            running.add(threads.submit(() -> {
                while (!stop.get()) {
                    tick.run();
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
                }
            }));
            for (int i = 0; i < CLIENTS; i++) {
                Random own = new Random(seed + i);
                running.add(threads.submit(() -> client(server, own)));
            }
            for (int i = 0; i < DELETIONS; i++) {
                List<Live> singles =
                        api.all().stream().filter(pod -> pod.gang() == null).toList();
                api.replace(singles.get(random.nextInt(singles.size())).uid());
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(20)));
            }
            HttpListenerTest.until(() -> running.stream().anyMatch(Future::isDone)
                    || api.all().stream().allMatch(pod -> pod.nodeName() != null));
            assertThat(running).as("seed " + seed).noneMatch(Future::isDone);
            HttpListenerTest.until(isClean);
            stop.set(true);
            for (Future<?> each : running) {
                each.get(60, TimeUnit.SECONDS);
            }
            api.requireDelivered();
            assertThat(api.violations).as("seed " + seed).isEmpty();
            assertThat(isClean.getAsBoolean()).as("seed " + seed).isTrue();
            assertThat(lost.get()).isPositive();
            assertThat(HttpListenerTest.metric(server, "berth_internal_errors_total"))
                    .isZero();
        } catch (AssertionError e) {
            throw new AssertionError("seed " + seed + ": " + state.get() + " " + api.violations + " " + api.all(), e);
        } finally {
            stop.set(true);
            threads.shutdownNow();
            api.close();
        }
    }

    private Void client(TestServer server, Random random) throws Exception {
        RawClient connection = new RawClient(server.server.extenderAddress());
        while (!stop.get()) {
            String uid = queue.poll();
            Live pod = uid == null ? null : api.get(uid);
            if (pod == null || pod.nodeName() != null) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
                continue;
            }
            boolean alive = pod.gang() == null
                    ? schedule(connection, pod, random)
                    : scheduleGroup(connection, pod.gang(), random);
            if (!alive) {
                lost.incrementAndGet();
                if (random.nextBoolean()) {
                    connection.reset();
                } else {
                    connection.close();
                }
                connection = new RawClient(server.server.extenderAddress());
            }
            // Whatever came of it: whoever finds it unbound asks again.
            queue.add(uid);
        }
        connection.close();
        return null;
    }

    /** One attempt; false when the client goes away in the middle. */
    private boolean schedule(RawClient connection, Live pod, Random random) throws IOException {
        List<String> names = new ArrayList<>(nodes);
        Collections.shuffle(names, random);
        String nominated = api.nominated.get(pod.uid());
        if (random.nextInt(4) == 0) {
            names = names.subList(0, NODES / 2);
        } else if (nominated != null && random.nextBoolean()) {
            names = List.of(nominated);
        }
        if (random.nextInt(20) == 0) {
            connection.send(filter(pod, names));
            return false;
        }
        String node = ask(connection, pod, names);
        if (names.size() > 1 && random.nextInt(8) == 0) {
            Collections.shuffle(names, random);
            node = ask(connection, pod, names.subList(0, names.size() / 2));
        }
        if (random.nextInt(8) == 0) {
            connection.send(RawClient.post("/prioritize", args(pod, names)));
            assertThat(MAPPER.readTree(connection.read().body()).size()).isEqualTo(names.size());
        }
        if (node == null || random.nextInt(10) == 0) {
            return true;
        }
        return bind(connection, pod, node, random);
    }

    /** As kube-scheduler does for a PodGroup: every member, placement by placement, and then binds as one of the placements said. */
    private boolean scheduleGroup(RawClient connection, String gang, Random random) throws IOException {
        List<Live> members = new ArrayList<>(api.all().stream()
                .filter(pod -> gang.equals(pod.gang()) && pod.nodeName() == null)
                .toList());
        Map<String, String> chosen = new HashMap<>();
        List<String> shuffled = new ArrayList<>(nodes);
        Collections.shuffle(shuffled, random);
        for (int placement = 0; placement < 3; placement++) {
            List<String> names = new ArrayList<>(shuffled.subList(placement * NODES / 3, (placement + 1) * NODES / 3));
            Collections.shuffle(members, random);
            Map<String, String> tentative = new HashMap<>();
            for (Live member : members) {
                String node = ask(connection, member, names);
                if (node == null) {
                    break;
                }
                tentative.put(member.uid(), node);
            }
            if (tentative.size() == members.size()) {
                chosen = tentative;
            }
        }
        for (Live member : members) {
            String node = chosen.get(member.uid());
            if (node != null && !bind(connection, member, node, random)) {
                return false;
            }
        }
        return true;
    }

    private static String ask(RawClient connection, Live pod, List<String> names) throws IOException {
        RawClient.Answer answer = connection.send(filter(pod, names)).read();
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        JsonNode result = MAPPER.readTree(answer.body());
        assertThat(result.get("Error").textValue()).doesNotContain("under id");
        JsonNode chosen = result.get("NodeNames");
        if (chosen.isNull() || chosen.isEmpty()) {
            return null;
        }
        assertThat(chosen.size()).isEqualTo(1);
        assertThat(names).contains(chosen.get(0).textValue());
        return chosen.get(0).textValue();
    }

    /** False when the client goes away before it is answered. */
    private static boolean bind(RawClient connection, Live pod, String node, Random random) throws IOException {
        connection.send(RawClient.post(
                "/bind",
                "{\"PodName\":\"" + pod.name() + "\",\"PodNamespace\":\"ns\",\"PodUID\":\"" + pod.uid()
                        + "\",\"Node\":\"" + node + "\"}"));
        if (random.nextInt(12) == 0) {
            return false;
        }
        RawClient.Answer answer = connection.read();
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body()).doesNotContain("under id");
        return true;
    }

    private static String filter(Live pod, List<String> names) {
        return RawClient.post("/filter", args(pod, names));
    }

    private static String args(Live pod, List<String> names) {
        return "{\"Pod\":" + pod.json() + ",\"Nodes\":null,\"NodeNames\":[\"" + String.join("\",\"", names) + "\"]}";
    }
}
