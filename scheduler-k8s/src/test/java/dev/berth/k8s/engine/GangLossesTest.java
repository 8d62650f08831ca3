package dev.berth.k8s.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.k8s.objects.PodObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What people are told when gangs lose pods to more important ones, and what is left alone. */
class GangLossesTest {
    private final ModelCluster model = new ModelCluster(1);

    @BeforeEach
    void nodes() {
        model.wasSteered = false;
        for (int i = 0; i < 3; i++) {
            model.node("node-" + i, 8, Map.of("leaf", "leaf"), true);
        }
    }

    private PodObject stand(String name, String node, int priority, Map<String, String> annotations) {
        PodObject pod = model.create(name, 8, false, false, priority, annotations, null);
        model.bindNow(pod, node, Map.of());
        return model.pods.get(pod.uid());
    }

    private static Map<String, String> gang(int size, int min) {
        return Map.of("berth.dev/gang", "g", "berth.dev/gang-size", "" + size, "berth.dev/gang-min", "" + min);
    }

    private void settle() {
        boolean more = true;
        while (more) {
            more = model.deliver() || model.serve() || model.answer();
        }
    }

    private void lead(EngineSettings settings) {
        model.restart(settings);
        settle();
    }

    private void tick() {
        settle();
        model.now += 250;
        model.engine.tick();
    }

    private Explanation why(PodObject pod) {
        return model.engine.why("default", pod.name()).orElseThrow();
    }

    @Test
    void eachMemberThatGivesWayIsToldAndExplained() {
        PodObject first = stand("g-0", "node-0", 0, gang(2, 2));
        PodObject second = stand("g-1", "node-1", 0, gang(2, 2));
        lead(EngineSettings.DEFAULT);
        model.preempt(first);
        tick();
        assertThat(why(first).sentence()).contains("kube-scheduler gives its place to a more important pod");
        assertThat(why(second).sentence())
                .contains("kube-scheduler has preempted pods of gang default/g, and 1 of the 2 that it needs are left");
        assertThat(model.told).anySatisfy(told -> assertThat(told).startsWith("g-1 Preempted: "));
        assertThat(model.engine.decisionsAfter(0))
                .anySatisfy(decision -> assertThat(decision.toString()).contains("preempted", "default/g-1", "node-1"));
        settle();
        assertThat(model.pods).doesNotContainKey(second.uid());
    }

    /** All of it may be gone and made anew between two looks at it. */
    @Test
    void whatIsMadeAnewDoesNotGiveWayOnceMore() {
        model.wasSteered = true;
        List<PodObject> pods = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            PodObject pod = model.create("g-" + i, 8, false, true, 0, gang(2, 2), null);
            model.bindNow(pod, "node-" + i, Map.of());
            pods.add(model.pods.get(pod.uid()));
        }
        lead(EngineSettings.DEFAULT);
        model.preempt(pods.get(0));
        tick();
        model.delete(model.pods.get(pods.get(0).uid()));
        settle();
        model.engine.work();
        settle();
        model.schedulable().forEach(model::schedule);
        List<PodObject> anew = List.copyOf(model.on("node-0"));
        assertThat(model.pods.values()).hasSize(2).allMatch(PodObject::isBound);
        for (int i = 0; i < 4; i++) {
            tick();
            model.engine.work();
        }
        assertThat(model.pods.values()).containsAll(anew).allMatch(PodObject::isBound);
        assertThat(model.on("node-0")).isEqualTo(anew);
    }

    @Test
    void withVetoWhatIsLeftIsReportedOnceAndStays() {
        PodObject first = stand("g-0", "node-0", 0, gang(2, 2));
        PodObject second = stand("g-1", "node-1", 0, gang(2, 2));
        lead(ModelCluster.settings(true, EngineSettings.GangVictims.VETO));
        model.preempt(first);
        tick();
        model.delete(first);
        tick();
        tick();
        assertThat(model.pods).containsKey(second.uid());
        assertThat(model.told.stream().filter(told -> told.startsWith("g-1 GangBroken: ")))
                .hasSize(1);
        assertThat(why(second).sentence()).contains("preemption.gangs is veto");
    }

    @Test
    void whatIsMoreImportantThanTheVictimsStays() {
        PodObject first = stand("g-0", "node-0", 0, gang(2, 2));
        PodObject second = stand("g-1", "node-1", 5, gang(2, 2));
        lead(EngineSettings.DEFAULT);
        model.preempt(first);
        tick();
        settle();
        assertThat(model.pods).containsKey(second.uid());
        assertThat(why(second).sentence()).contains("more important (priority 5)");
    }

    @Test
    void whoDeletesAPodOfAGangTakesThatPodAlone() {
        PodObject first = stand("g-0", "node-0", 0, gang(2, 2));
        PodObject second = stand("g-1", "node-1", 0, gang(2, 2));
        lead(EngineSettings.DEFAULT);
        model.delete(first);
        tick();
        settle();
        assertThat(model.pods).containsKey(second.uid());
    }

    /** What is made anew starts whole again, and not one by one as members of a gang that runs. */
    @Test
    void aGangThatHasGivenWayStartsWhole() {
        PodObject first = stand("g-0", "node-0", 0, gang(2, 2));
        stand("g-1", "node-1", 0, gang(2, 2));
        lead(EngineSettings.DEFAULT);
        model.preempt(first);
        tick();
        model.delete(first);
        PodObject again = model.create("g-0-again", 8, false, false, 0, gang(2, 2), null);
        tick();
        while (model.endOne()) {
            tick();
        }
        stand("other", "node-2", 0, Map.of());
        tick();
        assertThat(model.engine.filter(again, model.feasible(again)).nodeNames())
                .isEmpty();
        PodObject last = model.create("g-1-again", 8, false, false, 0, gang(2, 2), null);
        tick();
        assertThat(model.engine.filter(again, model.feasible(again)).nodeNames())
                .hasSize(1);
        assertThat(model.engine.filter(last, model.feasible(last)).nodeNames()).hasSize(1);
    }

    @Test
    void forAPodThatANodeWasFreedForNoOtherNodeIsFreed() {
        PodObject single = stand("single", "node-0", 0, Map.of());
        PodObject other = stand("other", "node-1", 0, Map.of());
        model.node("node-2", 8, Map.of("leaf", "leaf"), false);
        PodObject made = model.create("urgent", 8, false, false, 5, Map.of(), null);
        lead(EngineSettings.DEFAULT);
        Map<String, Victims> proposal = Map.of("node-1", new Victims(List.of(other.uid()), 0));
        assertThat(model.engine.preempt(made, proposal)).isEqualTo(proposal);
        model.delete(single);
        PodObject nominated = model.nominate(made, "node-0");
        settle();
        assertThat(model.engine.preempt(nominated, proposal)).isEmpty();
        assertThat(why(nominated).sentence()).isEqualTo("node node-0 has been freed for it");
        // A node that nobody may go to any more is none.
        model.node("node-0", 8, Map.of("leaf", "leaf"), false);
        settle();
        assertThat(model.engine.preempt(nominated, proposal)).isEqualTo(proposal);
    }

    @Test
    void forAGangThatCannotStartYetNoNodeIsFreed() {
        PodObject other = stand("other", "node-1", 0, Map.of());
        PodObject member = model.create("g-0", 8, false, false, 5, gang(2, 2), null);
        lead(EngineSettings.DEFAULT);
        Map<String, Victims> proposal = Map.of("node-1", new Victims(List.of(other.uid()), 0));
        assertThat(model.engine.preempt(member, proposal)).isEmpty();
        assertThat(why(member).sentence()).contains("waits for its pods: 1 of 2 are there");
        model.create("g-1", 8, false, false, 5, gang(2, 2), null);
        settle();
        assertThat(model.engine.preempt(member, proposal)).isEqualTo(proposal);
    }

    @Test
    void aReplicaThatHasNotSeenTheClusterFreesNothing() {
        PodObject other = stand("other", "node-1", 0, Map.of());
        PodObject made = model.create("urgent", 8, false, false, 5, Map.of(), null);
        lead(EngineSettings.DEFAULT);
        model.engine.follow();
        assertThat(model.engine.preempt(made, Map.of("node-1", new Victims(List.of(other.uid()), 0))))
                .isEmpty();
    }
}
