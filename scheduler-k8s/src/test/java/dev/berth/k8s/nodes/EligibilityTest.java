package dev.berth.k8s.nodes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.k8s.objects.NodeObject;
import dev.berth.k8s.objects.NodeObject.Taint;
import dev.berth.k8s.objects.PodSpec.Expression;
import dev.berth.k8s.objects.PodSpec.NodeTerm;
import dev.berth.k8s.objects.PodSpec.Toleration;
import dev.berth.k8s.pods.PodSettings;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class EligibilityTest {
    private final Eligibility eligibility = new Eligibility(true, PodSettings.DEFAULT);

    private void nodes(NodeObject... nodes) {
        for (NodeObject node : nodes) {
            eligibility.nodeSeen(node);
        }
    }

    @Test
    void aPodWithoutWishesMayStandAnywhere() {
        nodes(Samples.h100("a"), Samples.h100("b"));
        assertThat(eligibility.allowed(
                        Samples.pod("p").asks("nvidia.com/gpu", 1).pod()))
                .isNull();
        assertThat(eligibility.why(Samples.pod("p").pod())).isEmpty();
    }

    @Test
    void selectorsAndTermsAreJoined() {
        nodes(
                Samples.h100("a", "pool", "train", "gen", "5"),
                Samples.h100("b", "pool", "train", "gen", "4"),
                Samples.h100("c", "pool", "serve", "gen", "6"));
        assertThat(eligibility.allowed(Samples.pod("p").select("pool", "train").pod()))
                .containsExactly("a", "b");
        assertThat(eligibility.allowed(Samples.pod("p")
                        .select("pool", "train")
                        .term(new Expression("gen", "Gt", List.of("4")))
                        .pod()))
                .containsExactly("a");
        assertThat(eligibility.allowed(Samples.pod("p")
                        .term(new Expression("gen", "Lt", List.of("5")))
                        .term(new Expression("pool", "NotIn", List.of("train")))
                        .pod()))
                .containsExactly("b", "c");
        assertThat(eligibility.allowed(Samples.pod("p")
                        .term(new NodeTerm(List.of(), List.of(new Expression("metadata.name", "In", List.of("b")))))
                        .pod()))
                .containsExactly("b");
        assertThat(eligibility.allowed(Samples.pod("p")
                        .term(new NodeTerm(List.of(), List.of()))
                        .pod()))
                .isEmpty();
    }

    @Test
    void taintsAndWhatBearsThem() {
        nodes(
                Samples.withTaints(Samples.h100("a"), new Taint("nvidia.com/gpu", "present", "NoSchedule")),
                Samples.withTaints(Samples.h100("b"), new Taint("slow", "", "PreferNoSchedule")),
                Samples.withTaints(Samples.h100("c"), new Taint("broken", "", "NoExecute")));
        assertThat(eligibility.allowed(Samples.pod("p").pod())).containsExactly("b");
        assertThat(eligibility.allowed(Samples.pod("p")
                        .tolerates(new Toleration("nvidia.com/gpu", "Exists", "", ""))
                        .pod()))
                .containsExactly("a", "b");
        assertThat(eligibility.allowed(Samples.pod("p")
                        .tolerates(new Toleration("", "Exists", "", ""))
                        .pod()))
                .isNull();
        assertThat(eligibility.allowed(Samples.pod("p")
                        .tolerates(new Toleration("nvidia.com/gpu", "Equal", "absent", "NoSchedule"))
                        .pod()))
                .containsExactly("b");
        assertThat(eligibility.why(Samples.pod("p").pod()))
                .isEqualTo("1 of 3 nodes will do; 1 node: taint broken:NoExecute is not tolerated;"
                        + " 1 node: taint nvidia.com/gpu=present:NoSchedule is not tolerated.");
    }

    @Test
    void aCordonIsAStateAndNoRule() {
        NodeObject cordoned = Samples.withState(
                Samples.withTaints(Samples.h100("a"), new Taint("node.kubernetes.io/unschedulable", "", "NoSchedule")),
                true,
                true,
                false);
        nodes(cordoned);
        assertThat(eligibility.allowed(Samples.pod("p").pod())).isNull();
        nodes(Samples.withState(cordoned, false, true, false));
        assertThat(eligibility.allowed(Samples.pod("p").pod())).isEmpty();
    }

    @Test
    void gpusAreAskedForByTheNameUnderWhichTheyAreOffered() {
        nodes(
                Samples.h100("a"),
                Samples.node("b", "amd.com/gpu", 8),
                Samples.node("c", "nvidia.com/gpu.shared", 8),
                Samples.node("d", "pods", 110));
        // On d there are none; that is the ledger's matter.
        assertThat(eligibility.allowed(
                        Samples.pod("p").asks("nvidia.com/gpu", 1).pod()))
                .containsExactly("a", "d");
        assertThat(eligibility.allowed(Samples.pod("p").asks("amd.com/gpu", 1).pod()))
                .containsExactly("b", "d");
        assertThat(eligibility.allowed(
                        Samples.pod("p").asks("nvidia.com/gpu.shared", 1).pod()))
                .containsExactly("c", "d");
    }

    @Test
    void resourcesThatNobodyElseCounts() {
        nodes(
                Samples.node("a", Map.of("example.com/fpga", 2L), Map.of()),
                Samples.node("b", Map.of("example.com/fpga", 1L), Map.of()),
                Samples.node("c", Map.of(), Map.of()));
        assertThat(eligibility.allowed(
                        Samples.pod("p").asks("example.com/fpga", 2).pod()))
                .containsExactly("a");
    }
}
