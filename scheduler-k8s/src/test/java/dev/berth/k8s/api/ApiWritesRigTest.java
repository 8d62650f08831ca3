package dev.berth.k8s.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.berth.k8s.engine.Outcome;
import dev.berth.k8s.engine.PodRef;
import dev.berth.k8s.engine.Writes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a real API server makes of each write. */
@Tag("rig")
class ApiWritesRigTest {
    private static final String GATE = Bodies.GATE;

    @TempDir
    static Path directory;

    private static Rig rig;
    private static Api api;
    private static ApiWrites writes;
    private static final AtomicBoolean leads = new AtomicBoolean(true);

    @BeforeAll
    static void start() throws Exception {
        rig = Rig.start(directory, "--components", "etcd,kube-apiserver");
        api = new Api(rig.address());
        writes = new ApiWrites(rig.address(), 8, leads::get, 5000, pod -> 0, "berth-test");
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

    private static Outcome wait(Consumer<Consumer<Outcome>> write) throws InterruptedException {
        BlockingQueue<Outcome> box = new ArrayBlockingQueue<>(2);
        write.accept(box::add);
        Outcome outcome = box.poll(30, TimeUnit.SECONDS);
        assertThat(outcome).isNotNull();
        return outcome;
    }

    private static Outcome.Kind release(PodRef pod, Writes.How how, String node, boolean terms) throws Exception {
        return wait(done -> writes.release(
                        pod, how, node, terms, Map.of("berth.dev/node", node, "berth.dev/gpus", "0,1"), done))
                .kind();
    }

    private static PodRef other(PodRef pod) {
        return new PodRef(pod.namespace(), pod.name(), "6a5ff8d4-7c13-4bd5-b2a7-3c2a54a7d5ab");
    }

    @Test
    void aPodIsReleasedAndPinnedByOneWrite() throws Exception {
        PodRef pod = api.createPod("pin", "", GATE);
        assertThat(release(pod, Writes.How.PIN, "node-1", false)).isEqualTo(Outcome.Kind.DONE);
        JsonNode is = api.pod(pod);
        assertThat(is.at("/spec/schedulingGates").isMissingNode()).isTrue();
        assertThat(is.at("/metadata/annotations/berth.dev~1gpus").asText()).isEqualTo("0,1");
        assertThat(is.at("/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms")
                        .toString())
                .isEqualTo(
                        "[{\"matchFields\":[{\"key\":\"metadata.name\",\"operator\":\"In\",\"values\":[\"node-1\"]}]}]");
        // again: nothing changes. Elsewhere: a released pod stays where it is
        String version = is.at("/metadata/resourceVersion").asText();
        assertThat(release(pod, Writes.How.PIN, "node-1", false)).isEqualTo(Outcome.Kind.DONE);
        assertThat(release(pod, Writes.How.PIN, "node-2", false)).isEqualTo(Outcome.Kind.REFUSED);
        assertThat(api.pod(pod).at("/metadata/resourceVersion").asText()).isEqualTo(version);
    }

    @Test
    void gatesAndAffinityOfOthersStay() throws Exception {
        PodRef pod = api.createPod(
                "foreign",
                ",\"affinity\":{\"podAntiAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":[{\"topologyKey\":\"kubernetes.io/hostname\",\"labelSelector\":{\"matchLabels\":{\"a\":\"b\"}}}]}}",
                "example.com/first",
                GATE,
                "example.com/last");
        assertThat(release(pod, Writes.How.PIN, "node-1", false)).isEqualTo(Outcome.Kind.DONE);
        JsonNode is = api.pod(pod);
        assertThat(is.at("/spec/schedulingGates").toString())
                .isEqualTo("[{\"name\":\"example.com/first\"},{\"name\":\"example.com/last\"}]");
        assertThat(is.at("/spec/affinity/podAntiAffinity").isObject()).isTrue();
        assertThat(is.at("/spec/affinity/nodeAffinity").isObject()).isTrue();
    }

    @Test
    void thePinIsJoinedToEachTermThatThePodHas() throws Exception {
        PodRef pod = api.createPod(
                "terms",
                ",\"affinity\":{\"nodeAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":{\"nodeSelectorTerms\":["
                        + "{\"matchExpressions\":[{\"key\":\"zone\",\"operator\":\"In\",\"values\":[\"a\"]}]},"
                        + "{},"
                        + "{\"matchFields\":[{\"key\":\"metadata.name\",\"operator\":\"NotIn\",\"values\":[\"node-9\"]}]}]}}}",
                "example.com/first",
                GATE);
        assertThat(release(pod, Writes.How.PIN, "node-1", true)).isEqualTo(Outcome.Kind.DONE);
        JsonNode is = api.pod(pod);
        String pin = "{\"key\":\"metadata.name\",\"operator\":\"In\",\"values\":[\"node-1\"]}";
        assertThat(is.at("/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms")
                        .toString())
                .isEqualTo(
                        "[{\"matchExpressions\":[{\"key\":\"zone\",\"operator\":\"In\",\"values\":[\"a\"]}],\"matchFields\":["
                                + pin
                                + "]},{},{\"matchFields\":[{\"key\":\"metadata.name\",\"operator\":\"NotIn\",\"values\":[\"node-9\"]},"
                                + pin + "]}]");
        assertThat(is.at("/spec/schedulingGates").toString()).isEqualTo("[{\"name\":\"example.com/first\"}]");
        assertThat(is.at("/metadata/annotations/berth.dev~1node").asText()).isEqualTo("node-1");
        assertThat(release(other(pod), Writes.How.PIN, "node-1", true)).isEqualTo(Outcome.Kind.GONE);
        // as when the answer to the first was lost
        assertThat(release(pod, Writes.How.PIN, "node-1", true)).isEqualTo(Outcome.Kind.DONE);
        assertThat(release(pod, Writes.How.PIN, "node-2", true)).isEqualTo(Outcome.Kind.REFUSED);
    }

    @Test
    void theWayOfTermsAlsoServesAPodWithoutAny() throws Exception {
        PodRef pod = api.createPod("no-terms", "", GATE);
        assertThat(release(pod, Writes.How.PIN, "node-1", true)).isEqualTo(Outcome.Kind.DONE);
        JsonNode is = api.pod(pod);
        assertThat(is.at("/spec/schedulingGates").size()).isZero();
        assertThat(is.at(
                                "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms/0/matchFields/0/values/0")
                        .asText())
                .isEqualTo("node-1");
    }

    @Test
    void termsThatMatchNothingAreNotMadeToMatch() throws Exception {
        PodRef pod = api.createPod(
                "empty-terms",
                ",\"affinity\":{\"nodeAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":{\"nodeSelectorTerms\":[{}]}}}",
                GATE);
        assertThat(release(pod, Writes.How.PIN, "node-1", true)).isEqualTo(Outcome.Kind.REFUSED);
        // and where the caller did not know of the terms, the API server itself refuses
        assertThat(release(pod, Writes.How.PIN, "node-1", false)).isEqualTo(Outcome.Kind.REFUSED);
        assertThat(api.pod(pod).at("/spec/schedulingGates").size()).isEqualTo(1);
    }

    @Test
    void aPodIsNominatedBeforeItIsReleased() throws Exception {
        PodRef pod = api.createPod("nominate", "", GATE);
        assertThat(release(pod, Writes.How.NOMINATE, "node-1", false)).isEqualTo(Outcome.Kind.DONE);
        JsonNode is = api.pod(pod);
        assertThat(is.at("/status/nominatedNodeName").asText()).isEqualTo("node-1");
        assertThat(is.at("/spec/schedulingGates").isMissingNode()).isTrue();
        assertThat(is.at("/spec/affinity").isMissingNode()).isTrue();
    }

    @Test
    void ungatingTakesOurGateAlone() throws Exception {
        PodRef pod = api.createPod("ungate", "", GATE, "example.com/other");
        assertThat(wait(done -> writes.ungate(pod, done))).isEqualTo(Outcome.DONE);
        assertThat(api.pod(pod).at("/spec/schedulingGates").toString()).isEqualTo("[{\"name\":\"example.com/other\"}]");
    }

    @Test
    void aBindingBringsItsAnnotationsAndHoldsOnlyOnce() throws Exception {
        PodRef pod = api.createPod("bind", "");
        Map<String, String> annotations = Map.of("berth.dev/gpus", "0,1", "berth.dev/rank", "3");
        assertThat(wait(done -> writes.bind(other(pod), "node-1", annotations, done))
                        .kind())
                .isEqualTo(Outcome.Kind.GONE);
        assertThat(wait(done -> writes.bind(pod, "node-1", annotations, done))).isEqualTo(Outcome.DONE);
        JsonNode is = api.pod(pod);
        assertThat(is.at("/spec/nodeName").asText()).isEqualTo("node-1");
        assertThat(is.at("/metadata/annotations/berth.dev~1gpus").asText()).isEqualTo("0,1");
        assertThat(is.at("/metadata/annotations/berth.dev~1rank").asText()).isEqualTo("3");
        assertThat(wait(done -> writes.bind(pod, "node-2", Map.of("berth.dev/gpus", "7"), done))
                        .kind())
                .isEqualTo(Outcome.Kind.REFUSED);
        assertThat(api.pod(pod).at("/metadata/annotations/berth.dev~1gpus").asText())
                .isEqualTo("0,1");
        PodRef gated = api.createPod("bind-gated", "", "example.com/other");
        assertThat(wait(done -> writes.bind(gated, "node-1", Map.of(), done)).kind())
                .isEqualTo(Outcome.Kind.REFUSED);
    }

    @Test
    void aPodOfTheSameNameIsNotMeant() throws Exception {
        PodRef pod = api.createPod("same-name", "", GATE);
        PodRef other = other(pod);
        for (Writes.How how : Writes.How.values()) {
            assertThat(release(other, how, "node-1", false)).isEqualTo(Outcome.Kind.GONE);
        }
        assertThat(wait(done -> writes.ungate(other, done)).kind()).isEqualTo(Outcome.Kind.GONE);
        assertThat(wait(done -> writes.delete(other, done)).kind()).isEqualTo(Outcome.Kind.GONE);
        assertThat(api.pod(pod).at("/spec/schedulingGates").size()).isEqualTo(1);
        assertThat(wait(done -> writes.delete(pod, done))).isEqualTo(Outcome.DONE);
        assertThat(wait(done -> writes.ungate(pod, done)).kind()).isEqualTo(Outcome.Kind.GONE);
        assertThat(wait(done -> writes.delete(pod, done)).kind()).isEqualTo(Outcome.Kind.GONE);
        assertThat(wait(done -> writes.bind(pod, "node-1", Map.of(), done)).kind())
                .isEqualTo(Outcome.Kind.GONE);
        assertThat(release(pod, Writes.How.PIN, "node-1", true)).isEqualTo(Outcome.Kind.GONE);
    }

    @Test
    void aPodThatGivesWaySaysSoAsOneThatKubeSchedulerPreempts() throws Exception {
        PodRef pod = api.createPod("gives-way", "", GATE);
        assertThat(wait(done -> writes.evict(other(pod), "it gives way", done)).kind())
                .isEqualTo(Outcome.Kind.GONE);
        byte[] note = Bodies.preempted(pod, "it gives way", "2026-11-22T12:00:00Z");
        api.send(
                "PATCH",
                ApiWrites.path(pod) + "/status",
                Bodies.STRATEGIC_MERGE,
                new String(note, java.nio.charset.StandardCharsets.UTF_8));
        assertThat(api.pod(pod).at("/status/conditions").toString())
                .contains("\"DisruptionTarget\"", "\"PreemptionByScheduler\"", "it gives way");
        assertThat(wait(done -> writes.evict(pod, "it gives way", done))).isEqualTo(Outcome.DONE);
        assertThat(wait(done -> writes.delete(pod, done)).kind()).isEqualTo(Outcome.Kind.GONE);
    }

    @Test
    void nothingIsSentWhileAnotherLeads() throws Exception {
        PodRef pod = api.createPod("not-leading", "", GATE);
        ApiWrites follower = new ApiWrites(rig.address(), 1, () -> false, 5000, p -> 0, "follower");
        assertThat(wait(done -> follower.ungate(pod, done)).kind()).isEqualTo(Outcome.Kind.NOT_LEADING);
        assertThat(follower.sent()).isZero();
        assertThat(follower.stop(5000)).isTrue();
        assertThat(wait(done -> follower.ungate(pod, done)).kind()).isEqualTo(Outcome.Kind.NOT_LEADING);
        assertThat(api.pod(pod).at("/spec/schedulingGates").size()).isEqualTo(1);
    }

    @Test
    void whatIsToldBecomesAnEventAndACondition() throws Exception {
        PodRef pod = api.createPod("tell", "", GATE);
        for (int i = 0; i < 5; i++) {
            writes.tell(pod, true, "NoPlace", "needs 8 GPUs; the best node has 3 free — \"quoted\"", false);
        }
        JsonNode condition = awaitCondition(pod);
        assertThat(condition.path("status").asText()).isEqualTo("False");
        assertThat(condition.path("message").asText()).contains("best node has 3 free — \"quoted\"");
        List<JsonNode> events = new ArrayList<>();
        for (int i = 0; i < 200 && events.isEmpty(); i++) {
            JsonNode list = api.send("GET", "/apis/events.k8s.io/v1/namespaces/default/events", null, null)
                    .body();
            list.path("items").forEach(e -> {
                if (e.at("/regarding/uid").asText().equals(pod.uid())) {
                    events.add(e);
                }
            });
        }
        assertThat(events).hasSize(1);
        assertThat(events.get(0).path("type").asText()).isEqualTo("Warning");
        assertThat(events.get(0).path("reason").asText()).isEqualTo("NoPlace");
    }

    private static JsonNode awaitCondition(PodRef pod) throws IOException {
        for (int i = 0; i < 500; i++) {
            for (JsonNode c : api.pod(pod).at("/status/conditions")) {
                if (c.path("type").asText().equals(Bodies.CONDITION)) {
                    return c;
                }
            }
        }
        throw new AssertionError("no condition " + Bodies.CONDITION);
    }

    @Test
    void whileTheApiServerIsDownNothingIsLostOrClaimed() throws Exception {
        List<PodRef> pods = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            pods.add(api.createPod("down-" + i, "", GATE));
        }
        Map<String, Outcome.Kind> outcomes = Collections.synchronizedMap(new java.util.HashMap<>());
        CountDownLatch all = new CountDownLatch(pods.size());
        for (int i = 0; i < pods.size(); i++) {
            PodRef pod = pods.get(i);
            if (i == 30) {
                rig.kill("kube-apiserver");
            }
            writes.release(pod, Writes.How.PIN, "node-1", false, Map.of(), outcome -> {
                outcomes.put(pod.uid(), outcome.kind());
                all.countDown();
            });
        }
        rig.again();
        assertThat(all.await(60, TimeUnit.SECONDS)).isTrue();
        for (PodRef pod : pods) {
            boolean released = api.pod(pod).at("/spec/schedulingGates").size() == 0;
            Outcome.Kind kind = outcomes.get(pod.uid());
            if (kind == Outcome.Kind.DONE) {
                assertThat(released).isTrue();
            } else if (kind == Outcome.Kind.BUSY) {
                assertThat(released).isFalse();
            } else {
                assertThat(kind).isEqualTo(Outcome.Kind.UNKNOWN);
            }
        }
    }
}
