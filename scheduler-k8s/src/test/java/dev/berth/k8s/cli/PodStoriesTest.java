package dev.berth.k8s.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Stories of pods, each from the record that the API server would give. */
final class PodStoriesTest {
    private static final Instant NOW = Instant.parse("2026-05-04T10:00:00Z");

    private static PodStory story(String metadata, String spec, String status, List<Event> events, boolean gone) {
        Pod pod = Serialization.unmarshal(
                "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"namespace\":\"train\",\"name\":\"llama-0\""
                        + metadata + "},\"spec\":{\"containers\":[]" + spec + "},\"status\":{" + status + "}}",
                Pod.class);
        return PodStories.of(pod, events, gone, NOW);
    }

    private static PodStory story(String metadata, String spec, String status) {
        return story(metadata, spec, status, List.of(), false);
    }

    private static final String PIN = """
            ,"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[\
            {"matchFields":[{"key":"metadata.name","operator":"In","values":["node-1"]}]}]}}}""";

    @Test
    void gatedByBerth() {
        PodStory story = story("", ",\"schedulingGates\":[{\"name\":\"berth.dev/plan\"}]", "\"phase\":\"Pending\"");
        assertThat(story.state()).isEqualTo("gated");
        assertThat(story.sentence()).isEqualTo("Berth's gate berth.dev/plan holds it, and it has no place yet");
        assertThat(story.wouldHelp())
                .containsExactly(
                        "Berth plans it once it runs and leads again",
                        "berth k8s release train/llama-0 gives it to kube-scheduler, without Berth's plan");
    }

    @Test
    void gatedByOthers() {
        PodStory both = story(
                "",
                ",\"schedulingGates\":[{\"name\":\"example.com/quota\"},{\"name\":\"berth.dev/plan\"}]",
                "\"phase\":\"Pending\"");
        assertThat(both.sentence()).endsWith("; example.com/quota holds it too");
        PodStory others = story("", ",\"schedulingGates\":[{\"name\":\"example.com/quota\"}]", "\"phase\":\"Pending\"");
        assertThat(others.sentence()).isEqualTo("it is held by example.com/quota, which is not Berth's");
        assertThat(others.wouldHelp()).containsExactly("whoever put on example.com/quota has to take it off");
    }

    @Test
    void releasedAndNotBoundYet() {
        PodStory story = story(
                ",\"annotations\":{\"berth.dev/node\":\"node-1\",\"berth.dev/gpus\":\"0,1\",\"berth.dev/gang\":\"llama\",\"berth.dev/assigned-rank\":\"4\"}",
                PIN,
                "\"phase\":\"Pending\"");
        assertThat(story.state()).isEqualTo("pending");
        assertThat(story.sentence()).isEqualTo("Berth has released it for node-1; kube-scheduler has not bound it yet");
        assertThat(story.pinnedTo()).isEqualTo("node-1");
        assertThat(story.plannedGpus()).isEqualTo("0,1");
        assertThat(story.gang()).isEqualTo("llama");
        assertThat(story.rank()).isEqualTo("4");
    }

    @Test
    void pinnedToANodeThatHasGone() {
        PodStory story = story(
                ",\"annotations\":{\"berth.dev/node\":\"node-1\"}", PIN, "\"phase\":\"Pending\"", List.of(), true);
        assertThat(story.sentence())
                .isEqualTo("it may go to node-1 alone, and that node is not in the cluster any more");
        assertThat(story.wouldHelp()).hasSize(1).first().asString().startsWith("deleting it");
    }

    @Test
    void bound() {
        String planned = ",\"annotations\":{\"berth.dev/node\":\"node-1\"}";
        assertThat(story(planned, ",\"nodeName\":\"node-1\"", "\"phase\":\"Running\"")
                        .sentence())
                .isEqualTo("it stands on node-1, as Berth planned");
        assertThat(story(planned, ",\"nodeName\":\"node-2\"", "\"phase\":\"Running\"")
                        .sentence())
                .isEqualTo("it stands on node-2, although Berth planned it for node-1");
        assertThat(story("", ",\"nodeName\":\"node-2\"", "\"phase\":\"Running\"")
                        .sentence())
                .isEqualTo("it stands on node-2, where Berth has not planned it");
        assertThat(story("", ",\"nodeName\":\"node-2\"", "\"phase\":\"Succeeded\"")
                        .state())
                .isEqualTo("finished");
        assertThat(story(",\"deletionTimestamp\":\"2026-05-04T09:59:00Z\"", "", "\"phase\":\"Pending\"")
                        .state())
                .isEqualTo("deleting");
        assertThat(story("", "", "").state()).isEqualTo("pending");
    }

    @Test
    void pinnedOnlyWhenEveryTermLeavesTheSameNode() {
        String two = """
                ,"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[\
                {"matchFields":[{"key":"metadata.name","operator":"In","values":["node-1"]}]},\
                {"matchFields":[{"key":"metadata.name","operator":"In","values":["node-2"]}]}]}}}""";
        assertThat(story("", two, "").pinnedTo()).isNull();
        assertThat(story("", two.replace("node-2", "node-1"), "").pinnedTo()).isEqualTo("node-1");
        assertThat(story("", two.replace("\"In\"", "\"NotIn\""), "").pinnedTo()).isNull();
    }

    @Test
    void tellsConditionsAndTheLatestEvents() {
        Event old = Serialization.unmarshal(
                "{\"kind\":\"Event\",\"apiVersion\":\"v1\",\"metadata\":{},\"reason\":\"FailedScheduling\",\"message\":\"0/3 nodes\",\"lastTimestamp\":\"2026-05-04T09:50:00Z\"}",
                Event.class);
        Event young = Serialization.unmarshal(
                "{\"kind\":\"Event\",\"apiVersion\":\"v1\",\"metadata\":{},\"reason\":\"NotPlaced\",\"message\":\"no room\\non 3 nodes\",\"eventTime\":\"2026-05-04T09:59:30.000000Z\"}",
                Event.class);
        Event dateless = Serialization.unmarshal(
                "{\"kind\":\"Event\",\"apiVersion\":\"v1\",\"metadata\":{},\"reason\":\"Odd\",\"message\":\"when?\",\"lastTimestamp\":\"yesterday\"}",
                Event.class);
        PodStory story = story(
                "",
                "",
                "\"conditions\":[{\"type\":\"PodScheduled\",\"status\":\"False\",\"reason\":\"Unschedulable\",\"message\":\"0/3 nodes\"},"
                        + "{\"type\":\"berth.dev/Placed\",\"status\":\"False\",\"reason\":\"NotPlaced\",\"message\":\"no room\"},"
                        + "{\"type\":\"Ready\",\"status\":\"False\",\"message\":\"of no interest\"}]",
                List.of(old, dateless, young),
                false);
        assertThat(story.told())
                .containsExactly(
                        "berth.dev/Placed is False (NotPlaced): no room",
                        "PodScheduled is False (Unschedulable): 0/3 nodes",
                        "NotPlaced, 30 s ago: no room on 3 nodes",
                        "FailedScheduling, 10 min ago: 0/3 nodes",
                        "Odd: when?");
    }
}
