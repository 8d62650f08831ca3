package dev.berth.k8s.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.k8s.objects.PodObject;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a replica makes of the cluster when it leads again, after others have. */
class ReopenedBookTest {
    private final ModelCluster model = new ModelCluster(1);

    private void lead(int gpus) {
        model.node("node-0", gpus, Map.of("leaf", "leaf"), true);
        model.restart(EngineSettings.DEFAULT);
        model.settle();
    }

    private Explanation why(String pod) {
        return model.engine.why("default", pod).orElseThrow();
    }

    @Test
    void whatWasRefusedAtSomeVersionOfTheOldBookIsTriedInTheNewOne() {
        PodObject first = model.create("first", 8, false, false, 0, Map.of(), null);
        model.bindNow(first, "node-0", Map.of());
        lead(8);
        model.create("second", 8, true, true, 0, Map.of(), null);
        model.settle();
        assertThat(why("second").state()).isEqualTo("waiting");
        model.engine.follow();
        model.delete(model.pods.get(first.uid()));
        while (model.deliver()) {}
        model.engine.lead();
        model.settle();
        assertThat(why("second").state()).isEqualTo("released");
    }

    /** Which GPU a pod has that another scheduler has bound is not known, so it is any that nobody names. */
    @Test
    void whatAReleasedPodNamesIsKeptForIt() {
        lead(4);
        model.create("released", 2, true, true, 0, Map.of(), null);
        model.settle();
        List<Integer> named = why("released").gpus();
        model.engine.follow();
        PodObject stranger = model.create("stranger", 1, false, false, 0, Map.of(), null);
        model.bindNow(stranger, "node-0", Map.of());
        while (model.deliver()) {}
        model.engine.lead();
        assertThat(why("released").gpus()).hasSize(2).isEqualTo(named);
        assertThat(why("stranger").gpus()).hasSize(1).doesNotContainAnyElementsOf(named);
    }
}
