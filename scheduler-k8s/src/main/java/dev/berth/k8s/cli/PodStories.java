package dev.berth.k8s.cli;

import dev.berth.k8s.engine.EngineSettings;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.NodeSelectorRequirement;
import io.fabric8.kubernetes.api.model.NodeSelectorTerm;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodSchedulingGate;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads a pod's story from its record. */
final class PodStories {
    /** The condition that Berth keeps on a pod. */
    private static final String PLACED = "berth.dev/Placed";

    private static final Set<String> CONDITIONS = Set.of(PLACED, "PodScheduled");
    private static final int MOST_EVENTS = 5;
    private static final int MOST_CHARACTERS = 600;

    private PodStories() {}

    /** The one node that required node affinity leaves it, or null. */
    static @Nullable String pinnedTo(Pod pod) {
        List<NodeSelectorTerm> terms = Stream.ofNullable(pod.getSpec().getAffinity())
                .flatMap(affinity -> Stream.ofNullable(affinity.getNodeAffinity()))
                .flatMap(affinity -> Stream.ofNullable(affinity.getRequiredDuringSchedulingIgnoredDuringExecution()))
                .flatMap(selector -> selector.getNodeSelectorTerms().stream())
                .toList();
        @Nullable String only = null;
        for (NodeSelectorTerm term : terms) {
            @Nullable String name = pinnedTo(term);
            if (name == null || (only != null && !only.equals(name))) {
                return null;
            }
            only = name;
        }
        return only;
    }

    private static @Nullable String pinnedTo(NodeSelectorTerm term) {
        for (NodeSelectorRequirement field : term.getMatchFields()) {
            if (field.getKey().equals("metadata.name")
                    && field.getOperator().equals("In")
                    && field.getValues().size() == 1) {
                return field.getValues().get(0);
            }
        }
        return null;
    }

    /**
     * A story.
     *
     * @param events those of the pod, in any order
     * @param pinnedGone whether the node that it is pinned to is not in the cluster
     * @param now for ages
     */
    static PodStory of(Pod pod, List<Event> events, boolean pinnedGone, Instant now) {
        PodName name =
                new PodName(pod.getMetadata().getNamespace(), pod.getMetadata().getName());
        Map<String, String> annotations =
                Objects.requireNonNullElse(pod.getMetadata().getAnnotations(), Map.of());
        List<String> gates = pod.getSpec().getSchedulingGates().stream()
                .map(PodSchedulingGate::getName)
                .toList();
        @Nullable String node = pod.getSpec().getNodeName();
        @Nullable String planned = annotations.get("berth.dev/node");
        @Nullable String pin = pinnedTo(pod);
        List<String> told = new ArrayList<>(conditions(pod));
        told.addAll(told(events, now));
        String state = state(pod, gates);
        List<String> help = new ArrayList<>();
        String sentence = sentence(name, state, node, planned, pin, pinnedGone, gates, help);
        return new PodStory(
                name,
                state,
                node,
                planned,
                annotations.get("berth.dev/gpus"),
                annotations.get("berth.dev/gang"),
                annotations.get("berth.dev/assigned-rank"),
                gates,
                pin,
                pinnedGone,
                sentence,
                told,
                help);
    }

    private static String state(Pod pod, List<String> gates) {
        @Nullable PodStatus status = pod.getStatus();
        String phase = status == null ? "" : Objects.requireNonNullElse(status.getPhase(), "");
        if (pod.getMetadata().getDeletionTimestamp() != null) {
            return "deleting";
        }
        if (phase.equals("Succeeded") || phase.equals("Failed")) {
            return "finished";
        }
        if (pod.getSpec().getNodeName() != null) {
            return "bound";
        }
        return gates.isEmpty() ? "pending" : "gated";
    }

    private static String sentence(
            PodName name,
            String state,
            @Nullable String node,
            @Nullable String planned,
            @Nullable String pin,
            boolean pinnedGone,
            List<String> gates,
            List<String> help) {
        return switch (state) {
            case "deleting" -> "it is being deleted";
            case "finished" -> "it has ended and holds nothing";
            case "bound" ->
                planned == null
                        ? "it stands on " + node + ", where Berth has not planned it"
                        : planned.equals(node)
                                ? "it stands on " + node + ", as Berth planned"
                                : "it stands on " + node + ", although Berth planned it for " + planned;
            case "gated" -> gated(name, gates, help);
            default -> pending(planned, pin, pinnedGone, help);
        };
    }

    private static String gated(PodName name, List<String> gates, List<String> help) {
        List<String> others =
                gates.stream().filter(gate -> !gate.equals(EngineSettings.GATE)).toList();
        if (others.size() == gates.size()) {
            help.add("whoever put on " + String.join(", ", others) + " has to take it off");
            return "it is held by " + String.join(", ", others) + ", which is not Berth's";
        }
        help.add("Berth plans it once it runs and leads again");
        help.add("berth k8s release " + name + " gives it to kube-scheduler, without Berth's plan");
        return "Berth's gate " + EngineSettings.GATE + " holds it, and it has no place yet"
                + (others.isEmpty() ? "" : "; " + String.join(", ", others) + " holds it too");
    }

    private static String pending(
            @Nullable String planned, @Nullable String pin, boolean pinnedGone, List<String> help) {
        if (pin != null && pinnedGone) {
            help.add("deleting it: its controller makes it anew, and a bare pod has to be created again");
            return "it may go to " + pin + " alone, and that node is not in the cluster any more";
        }
        if (planned != null) {
            return "Berth has released it for " + planned + "; kube-scheduler has not bound it yet";
        }
        return "Berth does not hold it; kube-scheduler has not bound it yet";
    }

    private static List<String> conditions(Pod pod) {
        @Nullable PodStatus status = pod.getStatus();
        if (status == null) {
            return List.of();
        }
        return status.getConditions().stream()
                .filter(condition -> CONDITIONS.contains(condition.getType())
                        && condition.getMessage() != null
                        && !condition.getMessage().isBlank())
                .sorted(Comparator.comparing(
                        (PodCondition condition) -> !condition.getType().equals(PLACED)))
                .map(condition -> condition.getType() + " is " + condition.getStatus()
                        + (condition.getReason() == null ? "" : " (" + condition.getReason() + ")") + ": "
                        + Texts.line(condition.getMessage(), MOST_CHARACTERS))
                .toList();
    }

    private static List<String> told(List<Event> events, Instant now) {
        return events.stream()
                .filter(event -> event.getMessage() != null)
                .sorted(Comparator.comparing(PodStories::time).reversed())
                .limit(MOST_EVENTS)
                .map(event -> {
                    Instant time = time(event);
                    String age = time.equals(Instant.EPOCH)
                            ? ""
                            : ", " + Texts.lasting(Duration.between(time, now)) + " ago";
                    return event.getReason() + age + ": " + Texts.line(event.getMessage(), MOST_CHARACTERS);
                })
                .toList();
    }

    /** When it last happened; the two APIs of events say it in different fields. */
    private static Instant time(Event event) {
        @Nullable
        String series = event.getSeries() == null || event.getSeries().getLastObservedTime() == null
                ? null
                : event.getSeries().getLastObservedTime().getTime();
        @Nullable
        String once = event.getEventTime() == null ? null : event.getEventTime().getTime();
        for (@Nullable
        String text : new @Nullable String[] {
            series,
            event.getLastTimestamp(),
            once,
            event.getFirstTimestamp(),
            event.getMetadata().getCreationTimestamp()
        }) {
            if (text != null) {
                try {
                    return Instant.parse(text);
                } catch (DateTimeParseException e) {
                    // The next one may be readable; an age is not worth a failure.
                }
            }
        }
        return Instant.EPOCH;
    }
}
