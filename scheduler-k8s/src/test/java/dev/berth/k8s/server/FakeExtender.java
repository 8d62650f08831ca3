package dev.berth.k8s.server;

import dev.berth.k8s.engine.Extender;
import dev.berth.k8s.engine.FilterAnswer;
import dev.berth.k8s.engine.PodRef;
import dev.berth.k8s.engine.Victims;
import dev.berth.k8s.objects.NodeObject;
import dev.berth.k8s.objects.PodObject;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/** Remembers what it is asked, and answers as it is told; by default the first node that was asked for. */
final class FakeExtender implements Extender {
    /** A question. */
    record Asked(String what, PodObject pod, List<String> names, List<NodeObject> nodes) {}

    /** A bind that waits. */
    record Bind(PodRef pod, String node, Consumer<String> done) {}

    final ConcurrentLinkedQueue<Asked> asked = new ConcurrentLinkedQueue<>();
    final ConcurrentLinkedQueue<Bind> binds = new ConcurrentLinkedQueue<>();
    final ConcurrentLinkedQueue<Map<String, Victims>> preempted = new ConcurrentLinkedQueue<>();

    volatile BiFunction<PodObject, List<String>, FilterAnswer> decision = (pod, names) ->
            names.isEmpty() ? new FilterAnswer("", List.of(), Map.of()) : FilterAnswer.one(names.get(0));
    volatile Consumer<Bind> binder = bind -> bind.done().accept("");
    volatile Map<String, Victims> victims;

    Asked last() {
        return asked.stream().reduce((a, b) -> b).orElseThrow();
    }

    @Override
    public FilterAnswer filter(PodObject pod, Collection<String> nodeNames) {
        return ask("filter", pod, List.copyOf(nodeNames), List.of());
    }

    @Override
    public FilterAnswer advise(PodObject pod, Collection<String> nodeNames) {
        return ask("advise", pod, List.copyOf(nodeNames), List.of());
    }

    @Override
    public FilterAnswer simulate(PodObject pod, List<NodeObject> nodes) {
        return ask("simulate", pod, nodes.stream().map(NodeObject::name).toList(), List.copyOf(nodes));
    }

    private FilterAnswer ask(String what, PodObject pod, List<String> names, List<NodeObject> nodes) {
        asked.add(new Asked(what, pod, names, nodes));
        return decision.apply(pod, names);
    }

    @Override
    public Map<String, Integer> scores(PodObject pod, Collection<String> nodeNames) {
        asked.add(new Asked("scores", pod, List.copyOf(nodeNames), List.of()));
        Map<String, Integer> scores = new HashMap<>();
        int score = 10;
        for (String node : nodeNames) {
            scores.put(node, score);
            score = Math.max(0, score - 1);
        }
        return scores;
    }

    @Override
    public void bind(PodRef pod, String nodeName, Consumer<String> done) {
        Bind bind = new Bind(pod, nodeName, done);
        binds.add(bind);
        binder.accept(bind);
    }

    @Override
    public Map<String, Victims> preempt(PodObject pod, Map<String, Victims> victimsByNode) {
        preempted.add(new LinkedHashMap<>(victimsByNode));
        return victims == null ? victimsByNode : victims;
    }
}
