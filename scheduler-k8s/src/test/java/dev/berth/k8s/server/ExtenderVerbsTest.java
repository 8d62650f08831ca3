package dev.berth.k8s.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.berth.k8s.engine.FilterAnswer;
import dev.berth.k8s.engine.PodRef;
import dev.berth.k8s.engine.Victims;
import dev.berth.k8s.server.ServerSettings.Filter;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What kube-scheduler asks and is answered: every body is compared whole. */
final class ExtenderVerbsTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final String POD =
            "{\"metadata\":{\"name\":\"p\",\"namespace\":\"ns\",\"uid\":\"u1\"},\"spec\":{\"containers\":[{\"name\":\"c\",\"resources\":{\"limits\":{\"nvidia.com/gpu\":\"1\"}}}]}}";
    private static final String TWO_NODES = "{\"metadata\":{},\"items\":[" + node("a") + " , " + node("b") + "]}";

    private static String node(String name) {
        return "{\"status\":{\"allocatable\":{\"nvidia.com/gpu\":\"8\"}}, \"metadata\":{\"labels\":{\"é\":\"x\"},\"name\":\""
                + name + "\"},\"unknown\":[1,{\"a\":null}]}";
    }

    @Test
    void filterOfTheWireIsAnsweredWithTheOneNode() throws Exception {
        try (TestServer server = new TestServer()) {
            server.extender.decision = (pod, names) -> FilterAnswer.one(names.get(3));
            HttpResponse<String> answer = server.ask("/filter", TestServer.wire("filter.json"));
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/json");
            assertThat(answer.body())
                    .isEqualTo("{\"Nodes\":null,\"NodeNames\":[\"gpu-node-02064\"],\"FailedNodes\":null,"
                            + "\"FailedAndUnresolvableNodes\":null,\"Error\":\"\"}");
            FakeExtender.Asked asked = server.extender.last();
            assertThat(asked.what()).isEqualTo("filter");
            assertThat(asked.pod().path()).isEqualTo("default/warm-000008");
            assertThat(asked.pod().uid()).isEqualTo("5699560a-5dd4-48ea-b008-7ba5a1037091");
            assertThat(asked.pod().spec().requests()).containsEntry("nvidia.com/gpu", 1L);
            JsonNode sent = MAPPER.readTree(TestServer.wire("filter.json"));
            assertThat(asked.names()).isEqualTo(MAPPER.convertValue(sent.get("NodeNames"), List.class));
        }
    }

    @Test
    void refusalsSayWhyOfEachNode() {
        try (TestServer server = new TestServer()) {
            server.extender.decision =
                    (pod, names) -> new FilterAnswer("", List.of(), Map.of("a", "no \"island\" of 4"));
            assertThat(server.ask("/filter", args("\"NodeNames\":[\"a\",\"b\"]"))
                            .body())
                    .isEqualTo(
                            "{\"Nodes\":null,\"NodeNames\":[],\"FailedNodes\":null,\"FailedAndUnresolvableNodes\":"
                                    + "{\"a\":\"no \\\"island\\\" of 4\",\"b\":\"Berth holds no place for the pod here\"},\"Error\":\"\"}");
        }
    }

    @Test
    void whatTheEngineCannotAnswerIsAnError() {
        try (TestServer server = new TestServer()) {
            server.extender.decision = (pod, names) -> FilterAnswer.error("this replica does not lead");
            HttpResponse<String> answer = server.ask("/filter", args("\"NodeNames\":[\"a\"]"));
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body())
                    .isEqualTo(
                            "{\"Nodes\":null,\"NodeNames\":null,\"FailedNodes\":null,\"FailedAndUnresolvableNodes\":null,"
                                    + "\"Error\":\"this replica does not lead\"}");
        }
    }

    @Test
    void filterOfAllAdvises() {
        try (TestServer server = new TestServer(true, Filter.ALL, TestServer.limits())) {
            server.extender.decision = (pod, names) -> new FilterAnswer("", names, Map.of());
            assertThat(server.ask("/filter", args("\"NodeNames\":[\"a\",\"b\"]"))
                            .body())
                    .contains("\"NodeNames\":[\"a\",\"b\"]");
            assertThat(server.extender.last().what()).isEqualTo("advise");
        }
    }

    @Test
    void prioritizeAnswersABareArray() {
        try (TestServer server = new TestServer()) {
            String body = server.ask("/prioritize", TestServer.wire("prioritize.json"))
                    .body();
            assertThat(body)
                    .startsWith(
                            "[{\"Host\":\"gpu-node-01361\",\"Score\":10},{\"Host\":\"gpu-node-01496\",\"Score\":9},");
            assertThat(server.extender.last().what()).isEqualTo("scores");
            assertThat(server.ask("/prioritize", args("\"NodeNames\":[]")).body())
                    .isEqualTo("[]");
        }
    }

    @Test
    void bindOfTheWire() {
        try (TestServer server = new TestServer()) {
            assertThat(server.ask("/bind", TestServer.wire("bind.json")).body()).isEqualTo("{\"Error\":\"\"}");
            FakeExtender.Bind bind = server.extender.binds.remove();
            assertThat(bind.pod())
                    .isEqualTo(new PodRef("default", "warm-000000", "43aab336-1dba-46b3-b8b0-5fbfdd4558ed"));
            assertThat(bind.node()).isEqualTo("gpu-node-00401");
            server.extender.binder = b -> b.done().accept("its reservation is gone");
            assertThat(server.ask("/bind", TestServer.wire("bind.json")).body())
                    .isEqualTo("{\"Error\":\"its reservation is gone\"}");
        }
    }

    @Test
    void preemptAnswersMetaVictimsToBothForms() {
        try (TestServer server = new TestServer()) {
            String meta =
                    "\"NodeNameToVictims\":null,\"NodeNameToMetaVictims\":{\"a\":{\"Pods\":[{\"UID\":\"x\"},{\"UID\":\"y\"}],\"NumPDBViolations\":2}}";
            String full = "\"NodeNameToVictims\":{\"a\":{\"Pods\":[{\"metadata\":{\"uid\":\"x\"},\"spec\":{}},"
                    + "{\"spec\":{},\"metadata\":{\"name\":\"n\",\"uid\":\"y\"}}],\"NumPDBViolations\":2}},\"NodeNameToMetaVictims\":null";
            String expected =
                    "{\"NodeNameToMetaVictims\":{\"a\":{\"Pods\":[{\"UID\":\"x\"},{\"UID\":\"y\"}],\"NumPDBViolations\":2}}}";
            assertThat(server.ask("/preempt", args(meta)).body()).isEqualTo(expected);
            assertThat(server.ask("/preempt", args(full)).body()).isEqualTo(expected);
            assertThat(server.extender.preempted).containsOnly(Map.of("a", new Victims(List.of("x", "y"), 2)));
        }
    }

    @Test
    void preemptLeavesOutNodesThatKubeSchedulerWouldFailOn() {
        try (TestServer server = new TestServer()) {
            server.extender.victims = Map.of("a", new Victims(List.of(), 0), "z", new Victims(List.of("x"), 0));
            assertThat(server.ask("/preempt", args("\"NodeNameToMetaVictims\":{\"a\":{\"Pods\":[{\"UID\":\"x\"}]}}"))
                            .body())
                    .isEqualTo("{\"NodeNameToMetaVictims\":{}}");
        }
    }

    @Test
    void nodesAreASimulationWhenNamesAreExpected() {
        try (TestServer server = new TestServer()) {
            server.extender.decision = (pod, names) -> FilterAnswer.one("b");
            assertThat(server.ask("/filter", args("\"Nodes\":" + TWO_NODES)).body())
                    .isEqualTo(
                            "{\"Nodes\":{\"metadata\":{},\"items\":[" + node("b")
                                    + "]},\"NodeNames\":[\"b\"],\"FailedNodes\":null,\"FailedAndUnresolvableNodes\":null,\"Error\":\"\"}");
            assertThat(server.extender.last().what()).isEqualTo("simulate");
            assertThat(server.extender.last().nodes().get(0).allocatable()).containsEntry("nvidia.com/gpu", 8L);
            assertThat(server.ask("/prioritize", args("\"Nodes\":" + TWO_NODES)).body())
                    .isEqualTo("[{\"Host\":\"a\",\"Score\":0},{\"Host\":\"b\",\"Score\":10}]");
            assertThat(server.extender.asked).allMatch(asked -> asked.what().equals("simulate"));
        }
    }

    @Test
    void nodesAreRealWhenTheyAreExpected() {
        try (TestServer server = new TestServer(false, Filter.ONE, TestServer.limits())) {
            server.extender.decision = (pod, names) -> FilterAnswer.one("b");
            assertThat(server.ask("/filter", args("\"Nodes\":" + TWO_NODES)).body())
                    .isEqualTo(
                            "{\"Nodes\":{\"metadata\":{},\"items\":[" + node("b")
                                    + "]},\"NodeNames\":null,\"FailedNodes\":null,\"FailedAndUnresolvableNodes\":null,\"Error\":\"\"}");
            assertThat(server.extender.last().what()).isEqualTo("filter");
            assertThat(server.extender.last().names()).containsExactly("a", "b");
            assertThat(server.ask("/prioritize", args("\"Nodes\":" + TWO_NODES)).body())
                    .isEqualTo("[{\"Host\":\"a\",\"Score\":10},{\"Host\":\"b\",\"Score\":9}]");
            assertThat(server.extender.last().what()).isEqualTo("scores");
            server.extender.decision =
                    (pod, names) -> new FilterAnswer("", List.of(), Map.of("a", "full", "b", "full"));
            assertThat(server.ask("/filter", args("\"Nodes\":" + TWO_NODES)).body())
                    .isEqualTo("{\"Nodes\":{\"metadata\":{},\"items\":[]},\"NodeNames\":null,\"FailedNodes\":null,"
                            + "\"FailedAndUnresolvableNodes\":{\"a\":\"full\",\"b\":\"full\"},\"Error\":\"\"}");
        }
    }

    @Test
    void simulationHasItsOwnPathInBothSettings() {
        for (boolean nodeCacheCapable : new boolean[] {true, false}) {
            try (TestServer server = new TestServer(nodeCacheCapable, Filter.ONE, TestServer.limits())) {
                server.extender.decision = (pod, names) -> new FilterAnswer("", names, Map.of());
                assertThat(server.ask("/simulate/filter", args("\"Nodes\":" + TWO_NODES))
                                .body())
                        .contains("\"NodeNames\":[\"a\"]");
                assertThat(server.ask("/simulate/filter", args("\"NodeNames\":[\"a\",\"b\"]"))
                                .body())
                        .contains("\"NodeNames\":[\"a\"]");
                server.ask("/simulate/prioritize", args("\"NodeNames\":[\"a\",\"b\"]"));
                assertThat(server.extender.asked.stream()
                                .map(FakeExtender.Asked::what)
                                .collect(Collectors.toList()))
                        .containsExactly("simulate", "advise", "scores");
            }
        }
    }

    @Test
    void keysComeInAnyOrderAndCase() {
        try (TestServer server = new TestServer()) {
            String body = "{\"x\":[{}],\"nodenames\":[\"b\"],\"NODES\":null,\"pOD\":" + POD + "}";
            assertThat(server.ask("/filter", body).body()).contains("\"NodeNames\":[\"b\"]");
            assertThat(server.extender.last().pod().path()).isEqualTo("ns/p");
        }
    }

    @Test
    void whatIsWrongIsSaidInOneSentence() {
        try (TestServer server = new TestServer()) {
            assertBad(server, "/filter", "", "the body is empty, allowed: ExtenderArgs");
            assertBad(server, "/filter", "[]", "the body is no JSON object");
            assertBad(server, "/filter", "{", "the body is not JSON at line 1");
            assertBad(server, "/filter", "{} {}", "Pod is null");
            assertBad(server, "/filter", "{\"Pod\":null,\"NodeNames\":[]}", "Pod is null, allowed: a pod");
            assertBad(server, "/filter", "{\"Pod\":" + POD + "}", "NodeNames and Nodes are both null");
            assertBad(server, "/filter", args("\"NodeNames\":[\"a\"]") + "x", "the body");
            assertBad(server, "/filter", args("\"NodeNames\":[1]"), "NodeNames is 1 at line 1");
            assertBad(server, "/filter", args("\"NodeNames\":{}"), "NodeNames is an object");
            assertBad(server, "/filter", args("\"Nodes\":{\"items\":[{}]}"), "Nodes.items");
            assertBad(
                    server,
                    "/filter",
                    "{\"NodeNames\":[],\"Pod\":{\"metadata\":{\"name\":3}}}",
                    "Pod.metadata.name is 3");
            assertBad(server, "/filter", "{\"NodeNames\":[],\"Pod\":{}}", "none of them empty");
            assertBad(server, "/prioritize", "nonsense", "the body is not JSON");
            assertBad(server, "/preempt", args("\"a\":1"), "NodeNameToMetaVictims and NodeNameToVictims are both null");
            assertBad(server, "/preempt", args("\"NodeNameToMetaVictims\":{\"a\":{\"Pods\":[{}]}}"), "without UID");
            assertBad(
                    server,
                    "/preempt",
                    args("\"NodeNameToMetaVictims\":{\"a\":{\"NumPDBViolations\":99999999999999999999}}"),
                    "a whole number of 64 bits");
            assertBad(server, "/bind", "{\"PodName\":\"p\",\"PodNamespace\":\"ns\",\"PodUID\":\"u\"}", "Node is empty");
            assertThat(server.extender.asked).isEmpty();
            assertThat(server.extender.binds).isEmpty();
        }
    }

    private static void assertBad(TestServer server, String verb, String body, String says) {
        HttpResponse<String> answer = server.ask(verb, body);
        assertThat(answer.statusCode()).as(body).isEqualTo(400);
        assertThat(answer.body()).as(body).contains(says).hasLineCount(1);
        if (verb.equals("/filter") || verb.equals("/bind")) {
            assertThat(answer.body()).startsWith("{\"Error\":\"");
        }
    }

    private static String args(String rest) {
        return "{\"Pod\":" + POD + "," + rest + "}";
    }
}
