package dev.berth.k8s.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.k8s.objects.PodObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which pods of kube-scheduler's queue are nominated, and when that ends. */
class AheadTest {
    private static final int MOST = 6;
    private static final EngineSettings SETTINGS = new EngineSettings(
            Set.of("default-scheduler"),
            EngineSettings.GATE,
            true,
            EngineSettings.Steering.AUTO,
            true,
            5_000,
            10_000,
            100,
            MOST,
            3_000,
            EngineSettings.GangVictims.WHOLE);

    private final ModelCluster model = new ModelCluster(1);

    @BeforeEach
    void lead() {
        model.wasSteered = false;
        model.node("node-0", 8, Map.of(), true);
        model.restart(SETTINGS);
    }

    private List<PodObject> create(int count, int gpus, int priority) {
        List<PodObject> made = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            made.add(model.create(
                    "p" + priority + "-" + model.pods.size(), gpus, false, true, priority, Map.of(), null));
        }
        settle();
        return made;
    }

    private void settle() {
        boolean more = true;
        while (more) {
            more = model.deliver() || model.serve() || model.answer();
            model.engine.work();
        }
    }

    private void pass(long millis) {
        model.now += millis;
        model.engine.tick();
        settle();
    }

    private List<String> nominated() {
        return model.pods.values().stream()
                .filter(pod -> pod.status().nominatedNodeName() != null)
                .map(PodObject::name)
                .toList();
    }

    private static List<String> names(List<PodObject> pods) {
        return pods.stream().map(PodObject::name).toList();
    }

    private PodObject now(PodObject pod) {
        return Objects.requireNonNull(model.pods.get(pod.uid()));
    }

    private FilterAnswer filter(PodObject pod) {
        return model.engine.filter(now(pod), List.of("node-0"));
    }

    @Test
    void thoseAtTheFrontAreLeftAlone() {
        create(Ahead.AT_THE_FRONT, 1, 0);
        assertThat(nominated()).isEmpty();
    }

    @Test
    void thoseBehindTheFrontAreNominatedInOrder() {
        List<PodObject> later = create(3, 1, 0);
        List<PodObject> sooner = create(4, 1, 1);
        assertThat(nominated()).containsExactlyElementsOf(names(later));
        assertThat(nominated()).doesNotContainAnyElementsOf(names(sooner));
    }

    @Test
    void noMoreThanSoManyAtOnce() {
        List<PodObject> pods = create(20, 1, 0);
        assertThat(nominated()).containsExactlyElementsOf(names(pods.subList(4, 4 + MOST)));
        assertThat(model.engine.figures().gpusHeldMilli()).isEqualTo(1000L * Math.min(8, MOST));
    }

    @Test
    void othersFollowWhenSomeAreBound() {
        List<PodObject> pods = create(20, 1, 0);
        model.scheduleExtended(now(pods.get(4)), false);
        settle();
        assertThat(now(pods.get(4)).isBound()).isTrue();
        assertThat(nominated()).containsExactlyElementsOf(names(pods.subList(5, 5 + MOST)));
    }

    @Test
    void onesThatSomebodyElseBindsAreNotNominated() {
        List<PodObject> pods = create(4, 1, 0);
        model.bindNow(now(pods.get(3)), "node-0", Map.of());
        settle();
        List<PodObject> more = create(2, 1, 0);
        assertThat(nominated()).containsExactly(more.get(1).name());
        assertThat(model.engine.figures().driftRepairs()).isZero();
        assertThat(model.engine.figures().gpusHeldMilli()).isEqualTo(2_000);
    }

    @Test
    void onesThatBelongToNobodyHereAreLeftAlone() {
        model.restart(EngineSettings.DEFAULT);
        create(20, 1, 0);
        assertThat(nominated()).isEmpty();
    }

    @Test
    void aPodThatWasFoundUnschedulableIsNotNominated() {
        List<PodObject> large = create(6, 9, 0);
        large.forEach(pod -> model.scheduleExtended(now(pod), false));
        settle();
        assertThat(nominated()).isEmpty();
        model.node("node-1", 16, Map.of(), true);
        pass(1_000);
        assertThat(nominated()).isEmpty();
    }

    @Test
    void whatIsHeldAheadGivesWayToWhoComesSooner() {
        List<PodObject> pods = create(10, 1, 0);
        assertThat(nominated()).hasSize(6);
        PodObject urgent = create(1, 8, 1).get(0);
        assertThat(filter(urgent).nodeNames()).containsExactly("node-0");
        assertThat(model.engine.figures().gpusHeldMilli()).isEqualTo(8_000);
        pass(1);
        assertThat(nominated()).isEmpty();
        assertThat(filter(pods.get(9)).nodeNames()).isEmpty();
    }

    @Test
    void whatIsLeftStaysHeldAhead() {
        create(10, 1, 0);
        List<String> before = nominated();
        PodObject urgent = create(1, 3, 1).get(0);
        assertThat(filter(urgent).nodeNames()).containsExactly("node-0");
        pass(1);
        assertThat(nominated()).hasSize(5).isSubsetOf(before);
        assertThat(model.engine.figures().gpusHeldMilli()).isEqualTo(8_000);
    }

    @Test
    void aRefusalChangesNothing() {
        create(10, 1, 0);
        List<String> before = nominated();
        PodObject large = create(1, 9, 1).get(0);
        assertThat(filter(large).nodeNames()).isEmpty();
        pass(1);
        assertThat(nominated()).isEqualTo(before);
        assertThat(model.engine.figures().gpusHeldMilli()).isEqualTo(6_000);
    }

    @Test
    void aNominationIsTakenBackWhenItsPlaceIsGivenUp() {
        List<PodObject> pods = create(10, 1, 0);
        assertThat(nominated()).hasSize(6);
        pass(SETTINGS.reservationMillis());
        pass(1);
        assertThat(nominated()).isEmpty();
        assertThat(model.engine.figures().gpusHeldMilli()).isZero();
        assertThat(filter(pods.get(9)).nodeNames()).containsExactly("node-0");
    }

    @Test
    void aNominationByKubeSchedulerIsNotTakenBack() {
        List<PodObject> pods = create(10, 1, 0);
        model.nominate(now(pods.get(9)), "node-7");
        settle();
        pass(SETTINGS.reservationMillis());
        pass(1);
        assertThat(nominated()).containsExactly(pods.get(9).name());
    }

    @Test
    void aNodeThatBerthNominatedWasNotFreed() {
        List<PodObject> pods = create(10, 1, 1);
        PodObject standing = model.create("standing", 8, false, true, 0, Map.of(), null);
        model.node("node-1", 8, Map.of(), true);
        settle();
        model.bindNow(now(standing), "node-1", Map.of());
        settle();
        pass(1_000);
        assertThat(nominated()).contains(pods.get(9).name());
        Map<String, Victims> proposal = Map.of("node-1", new Victims(List.of(standing.uid()), 0));
        assertThat(model.engine.preempt(now(pods.get(9)), proposal)).isEqualTo(proposal);
    }
}
