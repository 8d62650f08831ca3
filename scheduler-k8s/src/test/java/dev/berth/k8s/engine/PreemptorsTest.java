package dev.berth.k8s.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.k8s.objects.PodObject;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Pods at a gate wait behind a more important pod that kube-scheduler frees a node for, as those of kube-scheduler do. */
class PreemptorsTest {
    private final ModelCluster model = new ModelCluster(1);

    @BeforeEach
    void nodes() {
        model.node("node-0", 8, Map.of("leaf", "leaf"), true);
        model.node("node-1", 8, Map.of("leaf", "leaf"), true);
        stand("fixed", "node-1", 8, 100);
        model.restart(EngineSettings.DEFAULT);
    }

    private PodObject stand(String name, String node, int gpus, int priority) {
        PodObject pod = model.create(name, gpus, false, false, priority, Map.of(), null);
        model.bindNow(pod, node, Map.of());
        return model.pods.get(pod.uid());
    }

    private PodObject make(String name, int gpus, boolean isGated, int priority, Map<String, String> annotations) {
        PodObject pod = model.create(name, gpus, isGated, true, priority, annotations, null);
        model.settle();
        return pod;
    }

    /** What kube-scheduler does for a pod that it has freed a node for. */
    private PodObject preempt(PodObject preemptor, String node, PodObject... victims) {
        for (PodObject victim : victims) {
            model.preempt(victim);
        }
        PodObject nominated = model.nominate(preemptor, node);
        model.settle();
        return nominated;
    }

    private void end(PodObject victim) {
        model.pods.remove(victim.uid());
        model.engine.podGone(ModelCluster.ref(victim));
        model.settle();
    }

    private String state(PodObject pod) {
        return model.engine.why("default", pod.name()).orElseThrow().state();
    }

    @Test
    void aVictimMayHoldGpusThatItsNodeHasLost() {
        PodObject victim = stand("victim", "node-0", 8, 1);
        model.settle();
        model.node("node-0", 4, Map.of("leaf", "leaf"), true);
        model.settle();
        PodObject urgent = make("urgent", 4, false, 5, Map.of());
        Map<String, Victims> proposal = Map.of("node-0", new Victims(List.of(victim.uid()), 0));
        assertThat(model.engine.preempt(urgent, proposal)).isEqualTo(proposal);
    }

    @Test
    void whatIsFreedForAPodIsNotGivenToLessImportantOnesAtTheGate() {
        PodObject victim = stand("victim", "node-0", 8, 1);
        PodObject gated = make("gated", 2, true, 1, Map.of());
        PodObject urgent = make("urgent", 8, false, 5, Map.of());
        assertThat(model.engine.filter(urgent, model.feasible(urgent)).nodeNames())
                .isEmpty();
        Map<String, Victims> proposal = Map.of("node-0", new Victims(List.of(victim.uid()), 0));
        assertThat(model.engine.preempt(urgent, proposal)).isEqualTo(proposal);
        urgent = preempt(urgent, "node-0", victim);
        assertThat(model.engine.why("default", "gated").orElseThrow().toString())
                .contains("kube-scheduler frees node-0 for default/urgent");
        end(victim);
        assertThat(state(gated)).isEqualTo("waiting");
        assertThat(model.engine.filter(urgent, List.of("node-0")).nodeNames()).containsExactly("node-0");
    }

    @Test
    void whatIsFreedInPartsIsKeptToo() {
        PodObject first = stand("first", "node-0", 4, 1);
        PodObject second = stand("second", "node-0", 4, 1);
        PodObject gated = make("gated", 2, true, 5, Map.of());
        PodObject gang = make("gang-0", 1, true, 0, Map.of("berth.dev/gang", "gang", "berth.dev/gang-size", "1"));
        PodObject urgent = preempt(make("urgent", 8, false, 5, Map.of()), "node-0", first, second);
        end(first);
        assertThat(state(gated)).isEqualTo("waiting");
        assertThat(state(gang)).isEqualTo("waiting");
        end(second);
        assertThat(state(gated)).isEqualTo("waiting");
        assertThat(state(gang)).isEqualTo("waiting");
        assertThat(model.engine.filter(urgent, List.of("node-0")).nodeNames()).containsExactly("node-0");
    }

    @Test
    void whoIsMoreImportantGoesFirst() {
        PodObject victim = stand("victim", "node-0", 8, 1);
        PodObject gated = make("gated", 8, true, 6, Map.of());
        preempt(make("urgent", 8, false, 5, Map.of()), "node-0", victim);
        end(victim);
        assertThat(state(gated)).isEqualTo("released");
    }

    @Test
    void whatIsLeftIsGivenOut() {
        PodObject victim = stand("victim", "node-0", 8, 1);
        PodObject gated = make("gated", 2, true, 1, Map.of());
        PodObject urgent = preempt(make("urgent", 6, false, 5, Map.of()), "node-0", victim);
        end(victim);
        assertThat(state(gated)).isEqualTo("released");
        assertThat(model.engine.filter(urgent, List.of("node-0")).nodeNames()).containsExactly("node-0");
    }

    @Test
    void otherNodesAreOpen() {
        PodObject victim = stand("victim", "node-0", 8, 1);
        PodObject gated = make("gated", 2, true, 1, Map.of());
        preempt(make("urgent", 8, false, 5, Map.of()), "node-0", victim);
        model.node("node-2", 8, Map.of("leaf", "leaf"), true);
        model.settle();
        assertThat(model.engine.why("default", gated.name()).orElseThrow().nodeName())
                .isEqualTo("node-2");
    }

    @Test
    void nothingIsKeptForWhoIsGoneOrNominatedNoMore() {
        PodObject victim = stand("victim", "node-0", 8, 1);
        PodObject gated = make("gated", 8, true, 1, Map.of());
        PodObject urgent = preempt(make("urgent", 8, false, 5, Map.of()), "node-0", victim);
        PodObject other = model.nominate(make("other", 8, false, 5, Map.of()), "node-0");
        end(urgent);
        end(victim);
        assertThat(state(gated)).isEqualTo("waiting");
        model.nominate(other, null);
        model.settle();
        assertThat(state(gated)).as("what was held for it runs out").isEqualTo("waiting");
        model.now += EngineSettings.DEFAULT.reservationMillis();
        model.settle();
        assertThat(state(gated)).isEqualTo("released");
    }

    /** Such as one that kube-scheduler keeps off by what Berth does not see: it would hold the node for ever. */
    @Test
    void whoDoesNotComeIsWaitedForOnce() {
        PodObject victim = stand("victim", "node-0", 8, 1);
        PodObject gated = make("gated", 8, true, 1, Map.of());
        preempt(make("urgent", 8, false, 5, Map.of()), "node-0", victim);
        end(victim);
        assertThat(state(gated)).isEqualTo("waiting");
        model.now += EngineSettings.DEFAULT.reservationMillis();
        model.settle();
        assertThat(state(gated)).isEqualTo("released");
    }
}
