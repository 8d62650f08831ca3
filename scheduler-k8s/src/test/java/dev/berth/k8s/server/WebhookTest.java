package dev.berth.k8s.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.berth.k8s.engine.Admitted;
import io.fabric8.zjsonpatch.JsonPatch;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which pods the webhook gates, and how it says so. */
final class WebhookTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final String GPU =
            "\"containers\":[{\"name\":\"c\",\"resources\":{\"limits\":{\"nvidia.com/gpu\":\"1\"}}}]";
    private static TestServer server;

    @BeforeAll
    static void start() {
        server = new TestServer();
        // It must not matter that the replica does not lead.
        server.insight.ready = false;
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"spec\":{\"containers\":[{\"resources\":{\"limits\":{\"nvidia.com/gpu\":\"1\"}}}]}}",
                "{\"spec\":{\"containers\":[{},{\"resources\":{\"requests\":{\"cpu\":\"1\",\"nvidia.com/mig-1g.5gb\":1}}}]}}",
                "{\"spec\":{\"initContainers\":[{\"resources\":{\"limits\":{\"amd.com/gpu\":\"1\"}}}],\"containers\":[{}]}}",
                "{\"spec\":{\"schedulerName\":\"default-scheduler\",\"containers\":[{\"resources\":{\"limits\":{\"nvidia.com/gpu.shared\":\"1\"}}}]}}",
                "{\"metadata\":{\"annotations\":{\"berth.dev/gpu-milli\":\"500\"}},\"spec\":{\"containers\":[{\"resources\":null}]}}",
                "{\"metadata\":{\"annotations\":{\"gpu-fraction\":\"0.5\"},\"labels\":{\"berth.dev/ignore\":\"false\"}},\"spec\":{\"nodeName\":\"\"}}",
            })
    void gates(String pod) throws Exception {
        assertThat(applied(pod, review(pod, "CREATE"))).containsExactly("berth.dev/plan");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"spec\":{\"containers\":[{\"resources\":{\"limits\":{\"cpu\":\"1\"}}}]}}",
                "{\"spec\":{\"containers\":[{\"resources\":{\"limits\":{\"nvidia.com/gpumem\":\"1\"}}}]}}",
                "{\"spec\":{\"nodeName\":\"n1\"," + GPU + "}}",
                "{\"spec\":{\"schedulerName\":\"other\"," + GPU + "}}",
                "{\"metadata\":{\"labels\":{\"berth.dev/ignore\":\"true\"}},\"spec\":{" + GPU + "}}",
                "{\"metadata\":{\"annotations\":{\"berth.dev/ignore\":\"true\"}},\"spec\":{" + GPU + "}}",
                "{\"metadata\":{\"labels\":{\"gpu-fraction\":\"0.5\"}},\"spec\":{}}",
                "{\"spec\":{\"ephemeralContainers\":[{\"resources\":{\"limits\":{\"nvidia.com/gpu\":\"1\"}}}]}}",
                "{}",
            })
    void leaves(String pod) throws Exception {
        assertThat(response(review(pod, "CREATE")).has("patch")).isFalse();
    }

    @Test
    void addsToGatesThatAreThere() throws Exception {
        String others = "{\"spec\":{\"schedulingGates\":[{\"name\":\"a\"},{\"name\":\"b\"}]," + GPU + "}}";
        assertThat(applied(others, review(others, "CREATE"))).containsExactly("a", "b", "berth.dev/plan");
        String empty = "{\"spec\":{\"schedulingGates\":[]," + GPU + "}}";
        assertThat(applied(empty, review(empty, "CREATE"))).containsExactly("berth.dev/plan");
        String none = "{\"spec\":{\"schedulingGates\":null," + GPU + "}}";
        assertThat(applied(none, review(none, "CREATE"))).containsExactly("berth.dev/plan");
    }

    @Test
    void addsItsGateOnce() throws Exception {
        String gated = "{\"spec\":{\"schedulingGates\":[{\"name\":\"berth.dev/plan\"}]," + GPU + "}}";
        assertThat(response(review(gated, "CREATE")).has("patch")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"UPDATE", "DELETE", "CONNECT", ""})
    void gatesAtCreationAlone(String operation) throws Exception {
        assertThat(response(review("{\"spec\":{" + GPU + "}}", operation)).has("patch"))
                .isFalse();
    }

    @Test
    void leavesOtherKindsAlone() throws Exception {
        String pod = "{\"spec\":{" + GPU + "}}";
        assertThat(response(review(pod, "CREATE").replace("\"kind\":\"Pod\"", "\"kind\":\"PodTemplate\""))
                        .has("patch"))
                .isFalse();
        assertThat(response(review(pod, "CREATE").replace("\"group\":\"\"", "\"group\":\"x.io\""))
                        .has("patch"))
                .isFalse();
        assertThat(response(review(pod, "CREATE").replace("\"dryRun\":true", "\"subResource\":\"binding\""))
                        .has("patch"))
                .isFalse();
    }

    private static final Admitted PLACED =
            new Admitted("node-7", Map.of("berth.dev/node", "node-7", "berth.dev/gpus", "0,1"), Set.of(), false);
    private static final String PIN =
            "{\"nodeSelectorTerms\":[{\"matchFields\":[{\"key\":\"metadata.name\",\"operator\":\"In\",\"values\":[\"node-7\"]}]}]}";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"metadata\":{},\"spec\":{" + GPU + "}}",
                "{\"metadata\":{\"annotations\":{\"a/b~c\":\"d\"}},\"spec\":{\"affinity\":{}," + GPU + "}}",
                "{\"metadata\":{\"annotations\":{\"berth.dev/node\":\"old\"}},\"spec\":{\"affinity\":{\"podAntiAffinity\":{}},"
                        + GPU + "}}",
                "{\"metadata\":{\"annotations\":null},\"spec\":{\"affinity\":{\"nodeAffinity\":{\"preferredDuringSchedulingIgnoredDuringExecution\":[]}},"
                        + GPU + "}}",
                "{\"metadata\":{\"annotations\":{}},\"spec\":{\"affinity\":null," + GPU + "}}",
            })
    void aPlaceIsAPinAndAnnotationsAndNothingElseChanges(String pod) throws Exception {
        JsonNode before = MAPPER.readTree(pod);
        ObjectNode after = (ObjectNode) admitted(pod, PLACED);
        assertThat(after.at("/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution"))
                .isEqualTo(MAPPER.readTree(PIN));
        assertThat(after.at("/metadata/annotations/berth.dev~1node").textValue())
                .isEqualTo("node-7");
        assertThat(after.at("/metadata/annotations/berth.dev~1gpus").textValue())
                .isEqualTo("0,1");
        assertThat(after.at("/spec").has("schedulingGates")).isFalse();
        after.withObject("/spec/affinity/nodeAffinity").remove("requiredDuringSchedulingIgnoredDuringExecution");
        ((ObjectNode) after.at("/metadata/annotations")).remove(List.of("berth.dev/node", "berth.dev/gpus"));
        assertThat(after.at("/metadata/annotations/a~1b~0c")).isEqualTo(before.at("/metadata/annotations/a~1b~0c"));
        assertThat(after.at("/spec/affinity/podAntiAffinity")).isEqualTo(before.at("/spec/affinity/podAntiAffinity"));
        assertThat(after.at("/spec/containers")).isEqualTo(before.at("/spec/containers"));
    }

    @Test
    void whatNoLongerFitsIsHeldAndCarriesNothingOfItsPlace() throws Exception {
        String pod = admitted("{\"metadata\":{\"annotations\":{\"a\":\"b\"}},\"spec\":{" + GPU + "}}", PLACED)
                .toString();
        JsonNode same = admitted(pod, new Admitted("node-7", Map.of("berth.dev/gpus", "2"), Set.of(), true));
        assertThat(same.at("/spec")).isEqualTo(MAPPER.readTree(pod).at("/spec"));
        assertThat(same.at("/metadata/annotations/berth.dev~1gpus").textValue()).isEqualTo("2");
        JsonNode held =
                admitted(pod, new Admitted(null, Map.of(), PLACED.annotations().keySet(), true));
        assertThat(held.at("/spec/affinity")).isEqualTo(MAPPER.readTree("{\"nodeAffinity\":{}}"));
        assertThat(held.at("/spec/schedulingGates")).isEqualTo(MAPPER.readTree("[{\"name\":\"berth.dev/plan\"}]"));
        assertThat(held.at("/metadata/annotations")).isEqualTo(MAPPER.readTree("{\"a\":\"b\"}"));
    }

    @Test
    void aDryRunHoldsNothing() throws Exception {
        server.admission = pod -> {
            throw new AssertionError(pod);
        };
        try {
            String pod = "{\"spec\":{" + GPU + "}}";
            assertThat(applied(pod, review(pod, "CREATE"))).containsExactly("berth.dev/plan");
        } finally {
            server.admission = pod -> Admitted.GATE;
        }
    }

    @Test
    void whatCannotBeReadIsHeldSoThatItCanBeSaid() throws Exception {
        server.admission = pod -> PLACED;
        try {
            String pod = "{\"metadata\":{\"creationTimestamp\":\"yesterday\"},\"spec\":{" + GPU + "}}";
            assertThat(applied(pod, forReal(pod))).containsExactly("berth.dev/plan");
        } finally {
            server.admission = pod -> Admitted.GATE;
        }
    }

    /** The pod as the API server makes it by the answer. */
    private static JsonNode admitted(String pod, Admitted admitted) throws IOException {
        server.admission = asked -> admitted;
        try {
            return patched(pod, response(forReal(pod)));
        } finally {
            server.admission = asked -> Admitted.GATE;
        }
    }

    private static String forReal(String pod) {
        return review(pod, "CREATE").replace("\"dryRun\":true", "\"dryRun\":false");
    }

    @Test
    void answersByTheContract() {
        HttpResponse<String> answer = server.mutate(review("{\"spec\":{" + GPU + "}}", "CREATE"));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/json");
        assertThat(answer.body())
                .isEqualTo(
                        "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"response\":{\"uid\":\"r1\","
                                + "\"allowed\":true,\"patchType\":\"JSONPatch\",\"patch\":\""
                                + "W3sib3AiOiJhZGQiLCJwYXRoIjoiL3NwZWMvc2NoZWR1bGluZ0dhdGVzIiwidmFsdWUiOltdfSx7Im9wIjoiYWRkIiwicGF0aCI6Ii9zcGVjL3NjaGVkdWxpbmdHYXRlcy8tIiwidmFsdWUiOnsibmFtZSI6ImJlcnRoLmRldi9wbGFuIn19XQ==\"}}");
    }

    @Test
    void whatIsWrongIsSaidInOneSentence() {
        assertBad("", "the body is empty");
        assertBad("{\"request\":{\"uid\":\"u\"}}", "apiVersion is , allowed: admission.k8s.io/v1");
        assertBad("{\"apiVersion\":\"admission.k8s.io/v1beta1\",\"request\":{\"uid\":\"u\"}}", "v1beta1, allowed");
        assertBad("{\"apiVersion\":\"admission.k8s.io/v1\"}", "request is null");
        assertBad("{\"apiVersion\":\"admission.k8s.io/v1\",\"request\":{}}", "request.uid is empty");
        assertBad(review("{\"spec\":{\"containers\":{}}}", "CREATE"), "spec.containers is an object");
        assertBad(review("[]", "CREATE"), "request.object is an array");
        assertBad(
                review("{}", "CREATE").replace("\"dryRun\":true", "\"dryRun\":{\"uid\":\"r2\"}"),
                "request.dryRun is an object");
    }

    private static void assertBad(String body, String says) {
        HttpResponse<String> answer = server.mutate(body);
        assertThat(answer.statusCode()).as(body).isEqualTo(400);
        assertThat(answer.body()).as(body).contains(says).hasLineCount(1);
    }

    private static String review(String pod, String operation) {
        return "{\"kind\":\"AdmissionReview\",\"request\":{\"object\":" + pod
                + ",\"oldObject\":null,\"dryRun\":true,\"options\":{\"kind\":\"CreateOptions\"},\"operation\":\""
                + operation
                + "\",\"resource\":{\"group\":\"\",\"version\":\"v1\",\"resource\":\"pods\"},\"kind\":{\"group\":\"\",\"version\":\"v1\",\"kind\":\"Pod\"},"
                + "\"namespace\":\"ns\",\"uid\":\"r1\"},\"apiVersion\":\"admission.k8s.io/v1\"}";
    }

    private static JsonNode response(String review) throws IOException {
        HttpResponse<String> answer = server.mutate(review);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        JsonNode response = MAPPER.readTree(answer.body()).get("response");
        assertThat(response.get("uid").textValue()).isEqualTo("r1");
        assertThat(response.get("allowed").booleanValue()).isTrue();
        return response;
    }

    /** The names of the gates that the pod has by the answer. */
    private static List<String> applied(String pod, String review) throws IOException {
        JsonNode response = response(review);
        assertThat(response.get("patchType").textValue()).isEqualTo("JSONPatch");
        JsonNode gates = patched(pod, response).at("/spec/schedulingGates");
        return StreamSupport.stream(gates.spliterator(), false)
                .map(gate -> gate.get("name").textValue())
                .toList();
    }

    private static JsonNode patched(String pod, JsonNode response) throws IOException {
        return JsonPatch.apply(MAPPER.readTree(response.get("patch").binaryValue()), MAPPER.readTree(pod));
    }
}
