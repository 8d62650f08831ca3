package dev.berth.k8s.server;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.berth.k8s.engine.Admitted;
import dev.berth.k8s.engine.Extender;
import dev.berth.k8s.engine.FilterAnswer;
import dev.berth.k8s.engine.PodRef;
import dev.berth.k8s.engine.Victims;
import dev.berth.k8s.objects.NodeObject;
import dev.berth.k8s.objects.PodObject;
import dev.berth.k8s.server.ServerSettings.Filter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Whatever the bytes, a verb asks the engine what is well formed and answers by its contract, or refuses in one line that the client can read; so does the
 * webhook.
 */
final class VerbsFuzzTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Map<Boolean, Routes> ROUTES = Map.of(true, routes(true), false, routes(false));
    private static final BodyReader BODIES = new BodyReader(TestServer.limits());
    private static final List<String> VERBS = List.of(
            "/filter", "/prioritize", "/bind", "/preempt", "/simulate/filter", "/simulate/prioritize", "/mutate");

    private static Routes routes(boolean nodeCacheCapable) {
        Routes routes = new Routes();
        ServerMetrics metrics = new ServerMetrics(new FakeInsight());
        ServerSettings settings =
                TestServer.settings(TestServer.PLAIN, nodeCacheCapable, Filter.ONE, TestServer.limits());
        Extender extender = new CheckingExtender();
        new ExtenderVerbs(extender, settings, metrics, new Binds(extender, metrics, settings.limits())).addTo(routes);
        new Webhook(new GateRule(settings.gates()), VerbsFuzzTest::admit, metrics).addTo(routes);
        return routes;
    }

    private static Admitted admit(PodObject pod) {
        return pod.labels().isEmpty()
                ? Admitted.GATE
                : new Admitted(
                        "n", Map.of("berth.dev/node", "n"), pod.annotations().keySet(), pod.isBound());
    }

    @FuzzTest(maxDuration = "60s")
    @DictionaryEntries({
        "\\\"Pod\\\":",
        "\\\"NodeNames\\\":[",
        "\\\"Nodes\\\":{\\\"items\\\":[",
        "\\\"metadata\\\":{\\\"name\\\":\\\"a\\\",\\\"namespace\\\":\\\"b\\\",\\\"uid\\\":\\\"c\\\"}",
        "\\\"NodeNameToMetaVictims\\\":{",
        "\\\"NodeNameToVictims\\\":{",
        "\\\"Pods\\\":[",
        "\\\"UID\\\":",
        "\\\"NumPDBViolations\\\":",
        "\\\"request\\\":{\\\"uid\\\":\\\"u\\\"",
        "\\\"apiVersion\\\":\\\"admission.k8s.io/v1\\\"",
        "\\\"object\\\":",
        "\\\"operation\\\":\\\"CREATE\\\"",
        "\\\"kind\\\":{\\\"kind\\\":\\\"Pod\\\"}",
        "\\\"spec\\\":{\\\"containers\\\":[{\\\"resources\\\":{\\\"limits\\\":{\\\"nvidia.com/gpu\\\":1}}}]}",
        "\\\"schedulingGates\\\":[",
        "null",
    })
    void bytes(byte[] bytes) throws IOException {
        for (String verb : VERBS) {
            require(verb, true, bytes);
            require(verb, false, bytes);
        }
    }

    @FuzzTest(maxDuration = "60s")
    void verbsByTheirForm(FuzzedDataProvider data) throws IOException {
        String verb = data.pickValue(VERBS);
        boolean nodeCacheCapable = data.consumeBoolean();
        Map<String, Object> body = new LinkedHashMap<>();
        int fields = data.consumeInt(0, 8);
        for (int i = 0; i < fields; i++) {
            body.put(key(data), value(data, 0));
        }
        require(verb, nodeCacheCapable, MAPPER.writeValueAsBytes(body));
    }

    private static final List<String> KEYS = List.of(
            "Pod",
            "pod",
            "NodeNames",
            "Nodes",
            "items",
            "metadata",
            "name",
            "namespace",
            "uid",
            "UID",
            "Pods",
            "spec",
            "status",
            "containers",
            "initContainers",
            "resources",
            "limits",
            "requests",
            "nvidia.com/gpu",
            "schedulingGates",
            "nodeName",
            "schedulerName",
            "NodeNameToVictims",
            "NodeNameToMetaVictims",
            "NumPDBViolations",
            "PodName",
            "PodNamespace",
            "PodUID",
            "Node",
            "request",
            "apiVersion",
            "object",
            "operation",
            "kind",
            "subResource",
            "annotations",
            "labels",
            "berth.dev/ignore",
            "gpu-fraction",
            "allocatable",
            "conditions",
            "taints",
            "tolerations",
            "group");

    private static final List<Object> VALUES = List.of(
            "a",
            "b",
            "",
            "CREATE",
            "Pod",
            "admission.k8s.io/v1",
            "true",
            "1",
            "500m",
            "\ud800",
            1,
            -1,
            1.5,
            true,
            Long.MAX_VALUE,
            "8Gi");

    private static String key(FuzzedDataProvider data) {
        return data.pickValue(KEYS);
    }

    private static Object value(FuzzedDataProvider data, int depth) {
        return switch (data.consumeInt(0, depth > 6 ? 2 : 4)) {
            case 0 -> null;
            case 1, 2 -> data.pickValue(VALUES);
            case 3 -> {
                Map<String, Object> object = new LinkedHashMap<>();
                int fields = data.consumeInt(0, 6);
                for (int i = 0; i < fields; i++) {
                    object.put(key(data), value(data, depth + 1));
                }
                yield object;
            }
            default -> {
                Object[] array = new Object[data.consumeInt(0, 3)];
                for (int i = 0; i < array.length; i++) {
                    array[i] = value(data, depth + 1);
                }
                yield array;
            }
        };
    }

    private static void require(String verb, boolean nodeCacheCapable, byte[] body) throws IOException {
        MemoryExchange exchange = new MemoryExchange(verb, body);
        int[] ended = {-1};
        Call call = new Call(exchange, BODIES, status -> ended[0] = status);
        try {
            Objects.requireNonNull(ROUTES.get(nodeCacheCapable).find(verb))
                    .get("POST")
                    .handler()
                    .handle(call);
        } catch (HttpFailure e) {
            boolean readable =
                    e.sentence().length() < 2000 && e.sentence().chars().noneMatch(Character::isISOControl);
            if (e.status() < 400 || e.status() >= 500 || !readable) {
                throw new AssertionError(verb + " is refused with " + e.status() + " " + e.sentence(), e);
            }
            call.drop();
            return;
        }
        if (ended[0] != 200 || exchange.getResponseCode() != 200) {
            throw new AssertionError(verb + " ended with " + ended[0]);
        }
        requireForm(verb, MAPPER.readTree(exchange.out.toByteArray()));
    }

    private static void requireForm(String verb, JsonNode answer) {
        boolean right = switch (verb) {
            case "/filter", "/simulate/filter" ->
                answer.has("Nodes")
                        && answer.has("NodeNames")
                        && answer.has("FailedNodes")
                        && answer.has("FailedAndUnresolvableNodes")
                        && answer.get("Error").isTextual();
            case "/prioritize", "/simulate/prioritize" -> answer.isArray();
            case "/bind" -> answer.get("Error").isTextual();
            case "/preempt" -> answer.get("NodeNameToMetaVictims").isObject();
            default -> answer.get("response").get("allowed").booleanValue();
        };
        if (!right) {
            throw new AssertionError(verb + " is answered with " + answer);
        }
    }

    /** Takes nothing that an engine should not have to look at. */
    private static final class CheckingExtender implements Extender {
        @Override
        public FilterAnswer filter(PodObject pod, Collection<String> nodeNames) {
            require(
                    !pod.uid().isEmpty()
                            && !pod.name().isEmpty()
                            && !pod.namespace().isEmpty(),
                    pod);
            return advise(pod, nodeNames);
        }

        @Override
        public FilterAnswer advise(PodObject pod, Collection<String> nodeNames) {
            requireNames(nodeNames);
            pod.spec().requests().forEach((name, amount) -> require(amount >= 0, name));
            return nodeNames.size() % 2 == 0
                    ? new FilterAnswer("", List.of(), Map.of())
                    : FilterAnswer.one(nodeNames.iterator().next());
        }

        @Override
        public FilterAnswer simulate(PodObject pod, List<NodeObject> nodes) {
            return advise(pod, nodes.stream().map(NodeObject::name).toList());
        }

        @Override
        public Map<String, Integer> scores(PodObject pod, Collection<String> nodeNames) {
            requireNames(nodeNames);
            Map<String, Integer> scores = new HashMap<>();
            nodeNames.forEach(name -> scores.put(name, name.length() % 11));
            return scores;
        }

        @Override
        public void bind(PodRef pod, String nodeName, Consumer<String> done) {
            requireNames(List.of(pod.namespace(), pod.name(), pod.uid(), nodeName));
            done.accept(nodeName.length() % 2 == 0 ? "" : "refused " + nodeName);
        }

        @Override
        public Map<String, Victims> preempt(PodObject pod, Map<String, Victims> victimsByNode) {
            victimsByNode.values().forEach(victims -> requireNames(victims.uids()));
            return victimsByNode;
        }

        private static void requireNames(Collection<String> names) {
            names.forEach(name -> require(name != null && !name.isEmpty(), names));
        }

        private static void require(boolean ok, Object what) {
            if (!ok) {
                throw new AssertionError("the engine is asked about " + what);
            }
        }
    }

    /** The wire's own bodies are among what is replayed. */
    @org.junit.jupiter.api.Test
    void bodiesOfTheWire() throws IOException {
        for (String name : List.of("filter.json", "prioritize.json", "bind.json")) {
            bytes(TestServer.wire(name).getBytes(StandardCharsets.UTF_8));
        }
    }
}
