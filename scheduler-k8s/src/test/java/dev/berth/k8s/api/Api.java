package dev.berth.k8s.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.berth.k8s.engine.PodRef;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Requests of a test. */
public final class Api {
    private static final ObjectMapper JSON = new ObjectMapper();
    private final ApiAddress address;

    public Api(ApiAddress address) {
        this.address = address;
    }

    record Got(int status, JsonNode body) {}

    Got send(String method, String path, @Nullable String type, @Nullable String body) throws IOException {
        try (HttpConnection connection = address.connect(5000)) {
            HttpAnswer answer = connection.send(
                    address, method, path, type, body == null ? null : body.getBytes(StandardCharsets.UTF_8), 20_000);
            String text = HttpConnection.text(answer, Integer.MAX_VALUE);
            return new Got(answer.status(), text.startsWith("{") ? JSON.readTree(text) : MissingNode.getInstance());
        }
    }

    /** A pod as it is made by most controllers, held by gates. */
    public PodRef createPod(String name, String more, String... gates) throws IOException {
        StringBuilder list = new StringBuilder();
        for (String gate : gates) {
            list.append(list.length() == 0 ? "" : ",")
                    .append("{\"name\":\"")
                    .append(gate)
                    .append("\"}");
        }
        Got got = send(
                "POST",
                "/api/v1/namespaces/default/pods",
                "application/json",
                "{\"metadata\":{\"name\":\"" + name
                        + "\"},\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"x\"}],\"schedulingGates\":[" + list
                        + "]" + more + "}}");
        assertThat(got.status).as(String.valueOf(got.body)).isEqualTo(201);
        return new PodRef("default", name, got.body.at("/metadata/uid").asText());
    }

    public JsonNode pod(PodRef pod) throws IOException {
        return send("GET", ApiWrites.path(pod), null, null).body();
    }

    public void delete(PodRef pod) throws IOException {
        send("DELETE", ApiWrites.path(pod) + "?gracePeriodSeconds=0", null, null);
    }
}
