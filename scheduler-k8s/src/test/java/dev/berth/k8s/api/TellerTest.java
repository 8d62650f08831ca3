package dev.berth.k8s.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.k8s.engine.PodRef;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How often people are told. */
@Timeout(60)
class TellerTest {
    private static final PodRef POD = new PodRef("default", "pod-1", "uid-1");

    private final AtomicLong seconds = new AtomicLong(1_000);
    private FakeServer server;
    private WritePool pool;
    private Teller teller;

    @BeforeEach
    void start() throws Exception {
        server = new FakeServer(request -> FakeServer.answer(200, "{}"));
        pool = new WritePool(server.address(), 1, () -> true, 700);
        teller = new Teller(
                pool,
                "test",
                () -> TimeUnit.SECONDS.toNanos(seconds.get()),
                () -> TimeUnit.SECONDS.toMillis(seconds.get()));
    }

    @AfterEach
    void stop() throws Exception {
        assertThat(pool.stop(10_000)).isTrue();
        server.close();
    }

    private List<String> sent() {
        while (pool.pending() > 0) {
            Thread.onSpinWait();
        }
        return server.requests.stream()
                .map(request -> request.method() + " "
                        + request.path().replaceAll("\\?.*", "").replaceAll("\\.[0-9a-f]+$", ".N"))
                .toList();
    }

    @Test
    void whatIsSaidAgainCountsUpItsEvent() {
        for (int i = 0; i <= 130; i++) {
            teller.tell(POD, true, "NoPlace", "no room", null);
            seconds.incrementAndGet();
        }
        assertThat(sent())
                .containsExactly(
                        "POST /apis/events.k8s.io/v1/namespaces/default/events",
                        "PATCH /apis/events.k8s.io/v1/namespaces/default/events/pod-1.N",
                        "PATCH /apis/events.k8s.io/v1/namespaces/default/events/pod-1.N");
        assertThat(server.requests.get(2).body()).startsWith("{\"series\":{\"count\":121,");
    }

    @Test
    void anotherTextForTheSameReasonMakesAnEventOnlyAfterAWhile() {
        for (int i = 0; i < 62; i++) {
            teller.tell(POD, true, "NoPlace", "no room, " + i + " GPUs are free", null);
            seconds.incrementAndGet();
        }
        assertThat(sent()).hasSize(3);
        teller.tell(POD, false, "Placed", "on node-1", null);
        assertThat(sent()).hasSize(4);
    }

    @Test
    void theConditionIsWrittenWhenItChangesAndHasTheLastTextInTheEnd() {
        teller.tell(POD, true, "NoPlace", "one", false);
        teller.tell(POD, true, "NoPlace", "one", false);
        teller.tell(POD, true, "NoPlace", "two", false);
        teller.tell(POD, true, "NoPlace", "three", false);
        teller.tick();
        String status = "PATCH /api/v1/namespaces/default/pods/pod-1/status";
        assertThat(sent()).filteredOn(status::equals).hasSize(1);
        seconds.addAndGet(Teller.CONDITION_SECONDS);
        teller.tick();
        teller.tick();
        assertThat(sent()).filteredOn(status::equals).hasSize(2);
        String last = server.requests.get(server.requests.size() - 1).body();
        assertThat(last).contains("\"message\":\"three\"", "\"lastTransitionTime\":\"1970-01-01T00:16:40Z\"");
        seconds.addAndGet(Teller.CONDITION_SECONDS);
        teller.tell(POD, false, "Placed", "on node-1", true);
        sent();
        assertThat(server.requests.get(server.requests.size() - 1).body())
                .contains("\"status\":\"True\"", "\"lastTransitionTime\":\"1970-01-01T00:16:50Z\"");
    }

    @Test
    void aPodThatIsGoneIsToldOfNoMore() {
        teller.tell(POD, true, "NoPlace", "one", false);
        teller.tell(POD, true, "NoPlace", "two", false);
        teller.forget(POD);
        int before = sent().size();
        seconds.addAndGet(Teller.CONDITION_SECONDS);
        teller.tick();
        assertThat(sent()).hasSize(before);
    }

    @Test
    void allEventsTogetherKeepToARate() {
        for (int i = 0; i < 1_000; i++) {
            teller.tell(new PodRef("default", "pod-" + i, "uid-" + i), true, "NoPlace", "no room", null);
        }
        assertThat(sent()).hasSize(Teller.MOST_AT_ONCE);
        seconds.addAndGet(3);
        for (int i = 1_000; i < 2_000; i++) {
            teller.tell(new PodRef("default", "pod-" + i, "uid-" + i), true, "NoPlace", "no room", null);
        }
        assertThat(sent()).hasSize(Teller.MOST_AT_ONCE + 3 * Teller.EVENTS_PER_SECOND);
    }

    @Property(tries = 500)
    void aTextIsCutToItsBytesAndNeverInsideOfACharacter(
            @ForAll String text, @ForAll @IntRange(min = 8, max = 60) int most) {
        String cut = Teller.cut(text, most);
        assertThat(cut.getBytes(StandardCharsets.UTF_8).length).isLessThanOrEqualTo(Math.max(most, 0));
        if (!cut.equals(text)) {
            assertThat(cut).endsWith("…");
            assertThat(text).startsWith(cut.substring(0, cut.length() - 1));
        }
    }
}
