package dev.berth.k8s.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.k8s.objects.PodObject;
import dev.berth.k8s.objects.PodSpec;
import dev.berth.k8s.objects.PodStatus;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which pods get their place when they are created, and what becomes of places whose pods never come. */
class CreationsTest {
    private final ModelCluster model = new ModelCluster(1);
    private int made;

    @BeforeEach
    void lead() {
        for (int i = 0; i < 12; i++) {
            model.node("node-" + i, 8, Map.of(), true);
        }
        model.restart(EngineSettings.DEFAULT);
        settle();
    }

    private void settle() {
        while (model.deliver() || model.serve() || model.answer()) {
            model.engine.work();
        }
        model.engine.work();
        while (model.serve() || model.answer() || model.deliver()) {}
    }

    private void pass(long millis) {
        model.now += millis;
        model.engine.tick();
        settle();
    }

    private PodObject pod(int gpus) {
        return new Draft().gpus(gpus).pod();
    }

    /** A pod as the API server would create it. */
    private final class Draft {
        private int gpus = 1;
        private int priority;
        private PodObject.Owner owner = new PodObject.Owner("Job", "job", "uid-job");
        private List<String> gates = List.of();
        private List<PodSpec.NodeTerm> terms = List.of();
        private List<String> claims = List.of();
        private boolean resourceClaims;
        private Map<String, String> annotations = Map.of();
        private String scheduler = "default-scheduler";

        Draft gpus(int count) {
            gpus = count;
            return this;
        }

        PodObject pod() {
            PodSpec spec = new PodSpec(
                    null,
                    scheduler,
                    priority,
                    gates,
                    Map.of("nvidia.com/gpu", (long) gpus, "cpu", 1_000L),
                    Map.of(),
                    terms,
                    List.of(),
                    List.of(),
                    List.of(),
                    claims,
                    resourceClaims,
                    null);
            PodStatus status = new PodStatus(PodStatus.Phase.PENDING, null, null, false);
            return new PodObject(
                    "default", "made-" + ++made, "", "", 0, false, Map.of(), annotations, owner, spec, status);
        }
    }

    private static List<PodSpec.NodeTerm> pin(String nodeName) {
        return List.of(new PodSpec.NodeTerm(
                List.of(), List.of(new PodSpec.Expression("metadata.name", "In", List.of(nodeName)))));
    }

    /** The pod as the API server has it then. */
    private static PodObject created(PodObject draft, Admitted admitted, String uid, int gpus) {
        PodSpec spec = draft.spec();
        return new PodObject(
                draft.namespace(),
                draft.name(),
                uid,
                "1",
                1,
                false,
                Map.of(),
                admitted.annotations(),
                draft.owner(),
                new PodSpec(
                        null,
                        spec.schedulerName(),
                        spec.priority(),
                        List.of(),
                        Map.of("nvidia.com/gpu", (long) gpus, "cpu", 1_000L),
                        Map.of(),
                        pin(admitted.nodeName()),
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        false,
                        null),
                draft.status());
    }

    private long held() {
        return model.engine.figures().gpusHeldMilli() / 1000;
    }

    private Explanation why(String name) {
        return model.engine.why("default", name).orElseThrow();
    }

    @Test
    void whoComesHasThePlaceThatWasHeld() {
        PodObject draft = pod(3);
        Admitted admitted = model.engine.admit(draft);
        assertThat(admitted.annotations())
                .containsEntry("berth.dev/node", admitted.nodeName())
                .containsEntry("berth.dev/gpus", "0,1,2");
        assertThat(held()).isEqualTo(3);
        model.engine.podSeen(created(draft, admitted, "uid-x", 3));
        assertThat(held()).isEqualTo(3);
        assertThat(why(draft.name()).state()).isEqualTo("released");
        assertThat(why(draft.name()).gpus()).containsExactly(0, 1, 2);
        pass(Creations.UNSEEN_MILLIS);
        assertThat(held()).as("it is the pod's own").isEqualTo(3);
        assertThat(model.engine.figures().placed()).isEqualTo(1);
        assertThat(model.engine.decisionsAfter(0))
                .anySatisfy(one -> assertThat(one.toString()).contains("placed", draft.name(), "since its creation"));
    }

    @Test
    void anExtenderMayAskBeforeThePodIsSeen() {
        PodObject draft = pod(3);
        Admitted admitted = model.engine.admit(draft);
        PodObject created = created(draft, admitted, "uid-x", 3);
        assertThat(model.engine.filter(created, List.of(admitted.nodeName())).nodeNames())
                .containsExactly(admitted.nodeName());
        assertThat(held()).isEqualTo(3);
        assertThat(why(draft.name()).gpus()).containsExactly(0, 1, 2);
        // It may have been deleted long ago.
        pass(EngineSettings.DEFAULT.reservationMillis());
        assertThat(held()).isZero();
    }

    @Test
    void whatIsHeldForNobodyLapses() {
        model.engine.admit(pod(8));
        pass(Creations.UNSEEN_MILLIS - 1);
        assertThat(held()).isEqualTo(8);
        pass(1);
        assertThat(held()).isZero();
        assertThat(model.engine.figures().expired()).isEqualTo(1);
    }

    @Test
    void whatWasHeldIsFreeForAnotherReplica() {
        model.engine.admit(pod(8));
        model.engine.follow();
        assertThat(model.engine.admit(pod(1))).isEqualTo(Admitted.GATE);
        model.engine.lead();
        assertThat(held()).isZero();
    }

    @Test
    void aPodThatComesLateIsTakenInByWhatItCarries() {
        PodObject draft = pod(3);
        Admitted admitted = model.engine.admit(draft);
        pass(Creations.UNSEEN_MILLIS);
        model.engine.podSeen(created(draft, admitted, "uid-x", 3));
        assertThat(why(draft.name()).nodeName()).isEqualTo(admitted.nodeName());
        assertThat(held()).isEqualTo(3);
    }

    @Test
    void whatOthersChangeIsPlacedAnewWhereItIsPinned() {
        PodObject draft = pod(3);
        Admitted first = model.engine.admit(draft);
        Admitted second = model.engine.admit(created(draft, first, "", 5));
        assertThat(second.wasPinned()).isTrue();
        assertThat(second.nodeName()).isEqualTo(first.nodeName());
        assertThat(second.annotations()).containsEntry("berth.dev/gpus", "0,1,2,3,4");
        assertThat(held()).isEqualTo(5);
    }

    @Test
    void whatFitsNoLongerWhereItIsPinnedGoesByTheGate() {
        PodObject draft = pod(3);
        Admitted first = model.engine.admit(draft);
        Admitted second = model.engine.admit(created(draft, first, "", 9));
        assertThat(second.nodeName()).isNull();
        assertThat(second.wasPinned()).isTrue();
        assertThat(second.outdated()).isEqualTo(first.annotations().keySet());
        assertThat(held()).isZero();
    }

    @Test
    void annotationsOfAnotherPodCountForNothing() {
        Draft copy = new Draft();
        copy.annotations =
                Map.of("berth.dev/node", "node-1", "berth.dev/reservation", "x-1", "berth.dev/gpu-milli", "5");
        Admitted admitted = model.engine.admit(copy.pod());
        assertThat(admitted.annotations()).containsEntry("berth.dev/node", admitted.nodeName());
        assertThat(admitted.annotations().get("berth.dev/reservation")).isNotEqualTo("x-1");
        copy.terms = pin("node-1");
        admitted = model.engine.admit(copy.pod());
        assertThat(admitted)
                .isEqualTo(new Admitted(null, Map.of(), Set.of("berth.dev/node", "berth.dev/reservation"), false));
    }

    @Test
    void onlyWhatCanBePinnedAndIsKnownWhole() {
        Draft draft = new Draft();
        assertThat(model.engine.admit(draft.pod()).nodeName()).isNotNull();
        draft.owner = null;
        assertGated(draft);
        draft = new Draft();
        draft.gates = List.of("example.com/quota");
        assertGated(draft);
        draft = new Draft();
        draft.terms = pin("node-1");
        assertGated(draft);
        draft = new Draft();
        draft.claims = List.of("data");
        assertGated(draft);
        draft = new Draft();
        draft.resourceClaims = true;
        assertGated(draft);
        draft = new Draft();
        draft.annotations = Map.of("berth.dev/gang", "g", "berth.dev/gang-size", "1");
        assertGated(draft);
        draft = new Draft();
        draft.annotations = Map.of("problem", "cannot be read");
        assertGated(draft);
        draft = new Draft();
        draft.scheduler = "another";
        assertGated(draft);
        draft = new Draft();
        draft.gpus = 9;
        assertGated(draft);
        assertThat(held()).isEqualTo(1);
    }

    private void assertGated(Draft draft) {
        assertThat(model.engine.admit(draft.pod())).isEqualTo(Admitted.GATE);
    }

    @Test
    void whoWaitsComesFirst() {
        model.create("waits", 9, true, true, 1, Map.of(), null);
        settle();
        Draft draft = new Draft();
        assertGated(draft);
        draft.priority = 1;
        assertGated(draft);
        draft.priority = 2;
        assertThat(model.engine.admit(draft.pod()).nodeName()).isNotNull();
    }

    @Test
    void noMoreThanSoManyAreHeldForPodsThatWereNotSeen() {
        for (int i = 0; i < Creations.MOST_UNSEEN; i++) {
            assertThat(model.engine.admit(pod(1)).nodeName()).isNotNull();
        }
        assertThat(model.engine.admit(pod(1))).isEqualTo(Admitted.GATE);
        assertThat(held()).isEqualTo(Creations.MOST_UNSEEN);
    }

    @Test
    void whenManyNeverComePodsGoByTheGateForAWhile() {
        for (int i = 0; i < 7; i++) {
            assertThat(model.engine.admit(pod(1)).nodeName()).isNotNull();
        }
        pass(Creations.UNSEEN_MILLIS);
        assertThat(model.engine.admit(pod(1))).isEqualTo(Admitted.GATE);
        pass(10_000);
        assertThat(model.engine.admit(pod(1)).nodeName()).isNotNull();
    }

    @Test
    void itCanBeSwitchedOff() {
        model.restart(ModelCluster.settings(false, EngineSettings.DEFAULT.gangVictims()));
        assertGated(new Draft());
    }
}
