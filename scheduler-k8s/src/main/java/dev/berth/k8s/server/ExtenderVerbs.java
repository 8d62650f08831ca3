package dev.berth.k8s.server;

import dev.berth.k8s.engine.Extender;
import dev.berth.k8s.engine.FilterAnswer;
import dev.berth.k8s.engine.PodRef;
import dev.berth.k8s.engine.Victims;
import dev.berth.k8s.objects.PodObject;
import dev.berth.k8s.server.ServerSettings.Filter;
import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What kube-scheduler asks, over HTTP: the verbs of an extender, and simulations of filter and prioritize. Thread-safe. */
final class ExtenderVerbs {
    private static final Logger LOG = LoggerFactory.getLogger(ExtenderVerbs.class);
    private static final String JSON = "application/json";

    private final Extender extender;
    private final ExtenderReader reader = new ExtenderReader();
    private final ServerSettings settings;
    private final ServerMetrics metrics;
    private final Binds binds;
    private final AtomicBoolean toldOfSimulation = new AtomicBoolean();

    ExtenderVerbs(Extender extender, ServerSettings settings, ServerMetrics metrics, Binds binds) {
        this.extender = extender;
        this.settings = settings;
        this.metrics = metrics;
        this.binds = binds;
    }

    void addTo(Routes routes) {
        add(routes, "/filter", Failures.EXTENDER, call -> filter(call, false));
        add(routes, "/prioritize", Failures.PLAIN_TEXT, call -> prioritize(call, false));
        add(routes, "/bind", Failures.EXTENDER, this::bind);
        add(routes, "/preempt", Failures.PLAIN_TEXT, this::preempt);
        add(routes, "/simulate/filter", Failures.EXTENDER, call -> filter(call, true));
        add(routes, "/simulate/prioritize", Failures.PLAIN_TEXT, call -> prioritize(call, true));
    }

    private static void add(Routes routes, String path, Failures failures, Routes.Handler handler) {
        routes.add(path, "POST", new Routes.Route(path.substring(1), failures, handler));
    }

    private void filter(Call call, boolean simulated) throws IOException, HttpFailure {
        Body body = call.json();
        ExtenderArgs args = reader.args(body, simulated || settings.nodeCacheCapable());
        boolean simulation = isSimulation(args, simulated);
        String verb = simulation ? "simulate" : "filter";
        if (!simulation) {
            requireIdentity(args.pod());
        }
        List<String> asked = names(args);
        long start = System.nanoTime();
        FilterAnswer answer = simulation ? cut(simulate(args)) : decide(args.pod(), asked);
        metrics.decided(verb, System.nanoTime() - start);
        metrics.answered(verb, outcome(answer));
        // Who sent nodes reads Nodes, unless its own nodeCacheCapable is true: in a simulation, that is not known.
        boolean nodes = args.nodes() != null && (simulation || !settings.nodeCacheCapable());
        boolean names = !nodes || simulation;
        call.answer(
                200,
                JSON,
                ExtenderWriter.filter(answer, names, nodes ? body : null, nodes ? args.nodes() : null, asked));
    }

    /** What is held for a pod is found again by its UID, and the pod by its name. A simulated one may lack them, as templates of pods do. */
    private static void requireIdentity(PodObject pod) throws HttpFailure {
        if (pod.uid().isEmpty() || pod.name().isEmpty() || pod.namespace().isEmpty()) {
            throw JsonText.bad("Pod.metadata has namespace \"" + JsonText.printable(pod.namespace()) + "\", name \""
                    + JsonText.printable(pod.name()) + "\" and uid \"" + JsonText.printable(pod.uid())
                    + "\", allowed: none of them empty");
        }
    }

    private static String outcome(FilterAnswer answer) {
        if (!answer.error().isEmpty()) {
            return "error";
        }
        return answer.nodeNames().isEmpty() ? "refused" : "placed";
    }

    private FilterAnswer decide(PodObject pod, List<String> names) {
        return settings.filter() == Filter.ONE ? extender.filter(pod, names) : extender.advise(pod, names);
    }

    /** By the names alone, of nodes that stand as they do, or as node objects say, which need not exist. */
    private FilterAnswer simulate(ExtenderArgs args) {
        ExtenderArgs.Nodes nodes = args.nodes();
        if (nodes != null) {
            return extender.simulate(args.pod(), nodes.objects());
        }
        return extender.advise(args.pod(), names(args));
    }

    /** To as many nodes as a real filter would answer. */
    private FilterAnswer cut(FilterAnswer answer) {
        if (settings.filter() == Filter.ALL || answer.nodeNames().size() <= 1) {
            return answer;
        }
        return new FilterAnswer(answer.error(), answer.nodeNames().subList(0, 1), answer.refused());
    }

    private boolean isSimulation(ExtenderArgs args, boolean simulated) {
        if (!simulated && settings.nodeCacheCapable() && args.nodes() != null && !toldOfSimulation.getAndSet(true)) {
            LOG.info(
                    "a request with node objects is taken as a simulation, and changes nothing, as Berth's setting nodeCacheCapable is true; a"
                            + " kube-scheduler that sends them needs it false, and true in its own configuration is much faster");
        }
        return simulated || (settings.nodeCacheCapable() && args.nodes() != null);
    }

    private static List<String> names(ExtenderArgs args) {
        ExtenderArgs.Nodes nodes = args.nodes();
        if (nodes != null) {
            return nodes.names();
        }
        List<String> names = args.nodeNames();
        return names == null ? List.of() : names;
    }

    private void prioritize(Call call, boolean simulated) throws IOException, HttpFailure {
        ExtenderArgs args = reader.args(call.json(), simulated || settings.nodeCacheCapable());
        List<String> asked = names(args);
        boolean simulation = isSimulation(args, simulated) && args.nodes() != null;
        String verb = simulation ? "simulate" : "prioritize";
        long start = System.nanoTime();
        Map<String, Integer> scores = simulation ? simulatedScores(args) : extender.scores(args.pod(), asked);
        metrics.decided(verb, System.nanoTime() - start);
        metrics.answered(verb, "scored");
        call.answer(200, JSON, ExtenderWriter.prioritize(asked, scores));
    }

    /** The best node has 10, and each one after it less: scores of the engine are for nodes that there are. */
    private Map<String, Integer> simulatedScores(ExtenderArgs args) {
        Map<String, Integer> scores = new HashMap<>();
        int score = 10;
        for (String node : simulate(args).nodeNames()) {
            scores.put(node, score);
            score = Math.max(1, score - 1);
        }
        return scores;
    }

    private void bind(Call call) throws IOException, HttpFailure {
        ExtenderArgs.Binding binding = reader.binding(call.json());
        PodRef pod = new PodRef(binding.podNamespace(), binding.podName(), binding.podUid());
        Binds.Ended ended = binds.bind(pod, binding.node());
        metrics.answered("bind", ended.outcome());
        call.answer(200, JSON, ExtenderWriter.bind(ended.error()));
    }

    private void preempt(Call call) throws IOException, HttpFailure {
        ExtenderArgs.Preemption args = reader.preemption(call.json());
        long start = System.nanoTime();
        Map<String, Victims> victims = extender.preempt(args.pod(), args.victims());
        metrics.decided("preempt", System.nanoTime() - start);
        // kube-scheduler fails the attempt on a node without victims, and on one that it did not ask for.
        Map<String, Victims> right = new LinkedHashMap<>(victims);
        right.entrySet()
                .removeIf(node ->
                        node.getValue().uids().isEmpty() || !args.victims().containsKey(node.getKey()));
        metrics.answered("preempt", right.isEmpty() ? "refused" : "allowed");
        call.answer(200, JSON, ExtenderWriter.preempt(right));
    }
}
