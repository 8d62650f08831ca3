package dev.berth.k8s.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.k8s.engine.Explanation;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What people read, for each state of a pod. */
final class WhyTextTest {
    private static String text(Explanation why, int columns) {
        StringWriter text = new StringWriter();
        WhyText.print(why, new Paper(new PrintWriter(text), false, columns));
        return text.toString();
    }

    private static String text(PodStory story, String silent) {
        StringWriter text = new StringWriter();
        WhyText.print(story, silent, new Paper(new PrintWriter(text), false, 80));
        return text.toString();
    }

    private static final Explanation BOUND = new Explanation(
            "train",
            "llama-3",
            "bound",
            "gpu-node-0012",
            List.of(0, 1, 2, 3),
            true,
            "train/llama",
            3,
            "leaf",
            "it stands on gpu-node-0012, GPUs [0, 1, 2, 3]; all of its gang stands in one leaf",
            List.of(),
            List.of());

    @Test
    void ofABoundPodOfAGang() {
        assertThat(text(BOUND, 80)).isEqualTo("""
                        train/llama-3 is bound
                          it stands on gpu-node-0012, GPUs [0, 1, 2, 3]; all of its gang stands in one
                          leaf

                          node  gpu-node-0012
                          GPUs  0-3, as read from the node
                          gang  train/llama, rank 3; all of it stands in one leaf
                        """);
    }

    @Test
    void ofAPodWhoseGpusAreNotReadBack() {
        Explanation why = new Explanation(
                "a", "b", "bound", "n", List.of(6, 2), false, null, -1, null, "it stands on n", List.of(), List.of());
        assertThat(text(why, 80)).contains("GPUs  6, 2, as accounted; the device plugin may have chosen others\n");
        Explanation reserved = new Explanation(
                "a", "b", "reserved", "n", List.of(1), false, null, -1, null, "n is held for it", List.of(), List.of());
        assertThat(text(reserved, 80))
                .startsWith("a/b has a place that is held for it\n")
                .contains("GPUs  1, as planned; the device plugin may choose others\n");
    }

    @Test
    void ofAWaitingPod() {
        Explanation why = new Explanation(
                "team-vision",
                "eval-x",
                "waiting",
                null,
                List.of(),
                false,
                null,
                -1,
                null,
                "no room on 5000 nodes: gpu asked 8, best 6",
                List.of("gpu: asked 8, best 6, missing 2 (5000 of 5000 nodes, 41 only this)"),
                List.of("gpu 6 instead of 8 would fit on gpu-node-4711"));
        assertThat(text(why, 60)).isEqualTo("""
                        team-vision/eval-x waits
                          no room on 5000 nodes: gpu asked 8, best 6

                        In the way
                          - gpu: asked 8, best 6, missing 2 (5000 of 5000 nodes, 41
                            only this)

                        Would help
                          - gpu 6 instead of 8 would fit on gpu-node-4711
                        """);
    }

    @Test
    void ofEveryOtherState() {
        for (String[] state : new String[][] {
            {"releasing", "has a place and is being released to it"},
            {"released", "has been released to its place"},
            {"binding", "is being bound"},
            {"not ours", "is not placed by Berth"},
            {"something new", "is something new"}
        }) {
            Explanation why = new Explanation(
                    "a", "b", state[0], null, List.of(), false, null, -1, null, "a sentence", List.of(), List.of());
            assertThat(text(why, 80)).isEqualTo("a/b " + state[1] + "\n  a sentence\n");
        }
    }

    @Test
    void inColourOnlyTheWordsAreMarked() {
        StringWriter text = new StringWriter();
        WhyText.print(BOUND, new Paper(new PrintWriter(text), true, 80));
        assertThat(text.toString()).startsWith("\u001B[1mtrain/llama-3 is bound\u001B[0m\n");
        assertThat(text.toString().replaceAll("\u001B\\[[0-9]+m", "")).isEqualTo(text(BOUND, 80));
    }

    @Test
    void ofAGatedPodWhileBerthIsSilent() {
        PodStory story = new PodStory(
                new PodName("train", "llama-1"),
                "gated",
                null,
                null,
                null,
                "llama",
                null,
                List.of("berth.dev/plan"),
                null,
                false,
                "Berth's gate berth.dev/plan holds it, and it has no place yet",
                List.of("berth.dev/Placed is False (NotPlaced): room for 3 of 8 pods"),
                List.of("Berth plans it once it runs and leads again"));
        assertThat(text(story, "no replica leads")).isEqualTo("""
                        train/llama-1 waits behind a gate
                          Berth's gate berth.dev/plan holds it, and it has no place yet

                          gang  llama

                        Written on it
                          - berth.dev/Placed is False (NotPlaced): room for 3 of 8 pods

                        Would help
                          - Berth plans it once it runs and leads again

                          This is what the pod's own record tells, as Berth has not answered: no replica
                          leads.
                        """);
    }
}
