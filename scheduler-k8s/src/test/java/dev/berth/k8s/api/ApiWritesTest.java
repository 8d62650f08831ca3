package dev.berth.k8s.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.k8s.engine.Outcome;
import dev.berth.k8s.engine.PodRef;
import dev.berth.k8s.engine.Writes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What comes of writes to a server that is busy, broken or slow. */
@Timeout(60)
class ApiWritesTest {
    private static final PodRef POD = new PodRef("default", "pod-1", "uid-1");
    private static final String OK = FakeServer.answer(200, "{}");

    private static Outcome wait(Consumer<Consumer<Outcome>> write) throws InterruptedException {
        BlockingQueue<Outcome> box = new ArrayBlockingQueue<>(2);
        write.accept(box::add);
        Outcome outcome = box.poll(30, TimeUnit.SECONDS);
        assertThat(outcome).isNotNull();
        return outcome;
    }

    private static ApiWrites writes(FakeServer server, int parallel, ToIntFunction<PodRef> priority) {
        return new ApiWrites(server.address(), parallel, () -> true, 700, priority, "test");
    }

    private static Outcome ungate(FakeServer server) throws InterruptedException {
        ApiWrites writes = writes(server, 1, pod -> 0);
        Outcome outcome = wait(done -> writes.ungate(POD, done));
        assertThat(writes.stop(5_000)).isTrue();
        return outcome;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "404 | NotFound | pods \"pod-1\" not found | GONE",
                "409 | Conflict | the UID in the precondition (a) does not match the UID in record (b) | GONE",
                "409 | Conflict | Precondition failed: UID in precondition: a, UID in object meta: b | GONE",
                "409 | Conflict | pod pod-1 is already assigned to node \"n\" | REFUSED",
                "409 | Conflict | the object has been modified; please apply your changes to the latest version | BUSY",
                "422 | Invalid | Pod is invalid: metadata.uid: Invalid value: \"a\": field is immutable | GONE",
                "422 | Invalid | Pod is invalid: spec: Forbidden: pod updates may not change fields | REFUSED",
                "403 | Forbidden | pods is forbidden | REFUSED",
                "400 | BadRequest | no | REFUSED",
                "500 | InternalError | etcdserver: request timed out | UNKNOWN",
                "504 | Timeout | request did not complete within the allotted timeout | UNKNOWN",
            })
    void aRefusalIsWhatItMeans(int status, String reason, String message, Outcome.Kind kind) throws Exception {
        String body = new String(
                Bodies.of(json -> {
                    json.writeStartObject();
                    json.writeStringField("kind", "Status");
                    json.writeStringField("reason", reason);
                    json.writeStringField("message", message);
                    json.writeEndObject();
                }),
                java.nio.charset.StandardCharsets.UTF_8);
        try (FakeServer server = new FakeServer(request -> FakeServer.answer(status, body))) {
            Outcome outcome = ungate(server);
            assertThat(outcome.kind()).isEqualTo(kind);
            assertThat(outcome.message()).contains(message);
            assertThat(server.requests).hasSize(1);
            assertThat(server.requests.get(0).line())
                    .isEqualTo("PATCH /api/v1/namespaces/default/pods/pod-1?timeout=700ms HTTP/1.1");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "200, 200, DONE, 2",
        "403, 200, DONE, 2",
        "404, 200, GONE, 1",
        "500, 200, UNKNOWN, 1",
        "200, 404, GONE, 2"
    })
    void aPodThatGivesWaySaysSoAndIsThenDeleted(int noted, int deleted, Outcome.Kind kind, int requests)
            throws Exception {
        AtomicInteger asked = new AtomicInteger();
        try (FakeServer server =
                new FakeServer(request -> FakeServer.answer(asked.getAndIncrement() == 0 ? noted : deleted, "{}"))) {
            ApiWrites writes = writes(server, 1, pod -> 0);
            assertThat(wait(done -> writes.evict(POD, "it gives way", done)).kind())
                    .isEqualTo(kind);
            assertThat(writes.stop(5_000)).isTrue();
            assertThat(server.requests).hasSize(requests);
            assertThat(server.requests.get(0).line()).startsWith("PATCH /api/v1/namespaces/default/pods/pod-1/status?");
            if (requests > 1) {
                assertThat(server.requests.get(1).line()).startsWith("DELETE /api/v1/namespaces/default/pods/pod-1?");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"429", "503"})
    void aBusyServerIsAskedAgain(int status) throws Exception {
        AtomicInteger asked = new AtomicInteger();
        try (FakeServer server =
                new FakeServer(request -> asked.incrementAndGet() < 4 ? FakeServer.answer(status, "slow down") : OK)) {
            assertThat(ungate(server)).isEqualTo(Outcome.DONE);
            assertThat(asked).hasValue(4);
        }
    }

    @Test
    void aServerThatIsBusyForLongIsLeftAlone() throws Exception {
        try (FakeServer server = new FakeServer(request -> FakeServer.answer(429, "", "Retry-After: 60"))) {
            Outcome outcome = ungate(server);
            assertThat(outcome.kind()).isEqualTo(Outcome.Kind.BUSY);
            assertThat(server.requests).hasSize(1);
        }
    }

    @Test
    void withoutAServerNothingIsDone() throws Exception {
        FakeServer server = new FakeServer(request -> OK);
        server.close();
        assertThat(ungate(server).kind()).isEqualTo(Outcome.Kind.BUSY);
    }

    @Test
    void aConnectionThatWasClosedMeanwhileIsNoFailureOfAPatch() throws Exception {
        // as a server does whose idle time-out has passed: it has not seen the request
        try (FakeServer server = new FakeServer(request -> request.onConnection() == 0 ? OK : null)) {
            ApiWrites writes = writes(server, 1, pod -> 0);
            assertThat(wait(done -> writes.ungate(POD, done))).isEqualTo(Outcome.DONE);
            assertThat(wait(done -> writes.ungate(POD, done))).isEqualTo(Outcome.DONE);
            // a binding may have been done
            assertThat(wait(done -> writes.bind(POD, "n", Map.of(), done)).kind())
                    .isEqualTo(Outcome.Kind.UNKNOWN);
            assertThat(writes.stop(5_000)).isTrue();
        }
    }

    @Test
    void noAnswerAndHalfAnAnswerAreUnknown() throws Exception {
        try (FakeServer server = new FakeServer(request -> null)) {
            assertThat(ungate(server).kind()).isEqualTo(Outcome.Kind.UNKNOWN);
        }
        try (FakeServer server = new FakeServer(request -> "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")) {
            CountDownLatch asked = new CountDownLatch(1);
            ApiWrites writes = writes(server, 1, pod -> 0);
            writes.ungate(POD, outcome -> {
                assertThat(outcome.kind()).isEqualTo(Outcome.Kind.UNKNOWN);
                asked.countDown();
            });
            assertThat(asked.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(writes.stop(5_000)).isTrue();
        }
        try (FakeServer server = new FakeServer(request -> "SSH-2.0-x\r\n")) {
            assertThat(ungate(server).kind()).isEqualTo(Outcome.Kind.UNKNOWN);
        }
    }

    @Test
    void aNominationComesBeforeTheRelease() throws Exception {
        try (FakeServer server =
                new FakeServer(request -> request.path().contains("/status") ? FakeServer.answer(404, "") : OK)) {
            ApiWrites writes = writes(server, 1, pod -> 0);
            assertThat(wait(done -> writes.release(POD, Writes.How.NOMINATE, "n", false, Map.of(), done))
                            .kind())
                    .isEqualTo(Outcome.Kind.GONE);
            assertThat(server.requests).hasSize(1);
            assertThat(writes.stop(5_000)).isTrue();
        }
    }

    @Test
    void whatIsMoreImportantIsWrittenFirst() throws Exception {
        CountDownLatch all = new CountDownLatch(1);
        try (FakeServer server = new FakeServer(request -> {
            all.await();
            return OK;
        })) {
            ApiWrites writes = writes(server, 1, pod -> Integer.parseInt(pod.uid()));
            List<Integer> order = new ArrayList<>();
            CountDownLatch done = new CountDownLatch(9);
            CountDownLatch first = new CountDownLatch(1);
            for (int priority : new int[] {0, 5, 0, 10, -3, 10, -7, -6}) {
                PodRef pod = new PodRef("default", "p", String.valueOf(priority));
                Consumer<Outcome> written = outcome -> {
                    synchronized (order) {
                        order.add(priority);
                    }
                    done.countDown();
                };
                // kube-scheduler waits for these.
                if (priority < -5) {
                    writes.bind(pod, "n", Map.of(), written);
                } else {
                    writes.ungate(pod, written);
                }
                if (first.getCount() == 1) {
                    // the first one is under way and holds the only connection
                    while (server.requests.isEmpty()) {
                        Thread.onSpinWait();
                    }
                    first.countDown();
                    writes.tell(POD, true, "Reason", "what people are told comes last", false);
                }
            }
            all.countDown();
            done.countDown();
            assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
            while (writes.pending() > 0) {
                Thread.onSpinWait();
            }
            assertThat(order).containsExactly(0, -6, -7, 10, 10, 5, 0, -3);
            assertThat(server.requests.get(server.requests.size() - 1).body()).contains("what people are told");
            assertThat(writes.stop(5_000)).isTrue();
        }
    }

    @Test
    void leadershipIsAskedForBeforeEachRequest() throws Exception {
        AtomicBoolean leads = new AtomicBoolean(true);
        try (FakeServer server = new FakeServer(request -> {
            leads.set(false);
            return OK;
        })) {
            ApiWrites writes = new ApiWrites(server.address(), 2, leads::get, 700, pod -> 0, "test");
            // the second of its two requests is not sent
            assertThat(wait(done -> writes.release(POD, Writes.How.NOMINATE, "n", false, Map.of(), done))
                            .kind())
                    .isEqualTo(Outcome.Kind.NOT_LEADING);
            assertThat(server.requests).hasSize(1);
            assertThat(wait(done -> writes.delete(POD, done)).kind()).isEqualTo(Outcome.Kind.NOT_LEADING);
            assertThat(server.requests).hasSize(1);
            assertThat(writes.stop(5_000)).isTrue();
        }
    }

    @Test
    void stoppingFinishesWhatIsUnderWayAndAnswersTheRest() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        try (FakeServer server = new FakeServer(request -> {
            go.await();
            return OK;
        })) {
            ApiWrites writes = writes(server, 1, pod -> 0);
            BlockingQueue<Outcome> outcomes = new ArrayBlockingQueue<>(10);
            for (int i = 0; i < 3; i++) {
                writes.ungate(POD, outcomes::add);
            }
            while (server.requests.isEmpty()) {
                Thread.onSpinWait();
            }
            Thread stopping = new Thread(() -> {
                try {
                    assertThat(writes.stop(20_000)).isTrue();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            });
            stopping.start();
            while (stopping.getState() != Thread.State.TIMED_WAITING) {
                Thread.onSpinWait();
            }
            go.countDown();
            stopping.join();
            List<Outcome.Kind> kinds = new ArrayList<>();
            outcomes.forEach(outcome -> kinds.add(outcome.kind()));
            assertThat(kinds).containsExactly(Outcome.Kind.DONE, Outcome.Kind.NOT_LEADING, Outcome.Kind.NOT_LEADING);
            assertThat(server.requests).hasSize(1);
        }
    }
}
