package dev.berth.k8s.page;

import com.fasterxml.jackson.core.JsonGenerator;
import com.sun.net.httpserver.HttpExchange;
import dev.berth.k8s.engine.ClusterView.NodeView;
import dev.berth.k8s.engine.Explanation;
import dev.berth.k8s.engine.Insight;
import java.io.IOException;
import java.util.Optional;

/** {@code GET /v1/node?name=}: who holds what on a node. */
record NodeHandler(Insight insight, ViewCache cache) {
    /** With shares of 1/1000 a node could hold thousands; nobody reads so many. */
    private static final int MOST_PODS = 64;

    void answer(HttpExchange exchange) throws IOException {
        String name = Query.of(exchange.getRequestURI()).required("name");
        Optional<NodeView> found = cache.get().view().nodes().stream()
                .filter(node -> node.name().equals(name))
                .findFirst();
        if (found.isEmpty()) {
            Answer.error(exchange, 404, "no node '" + name + "' with GPUs is known");
            return;
        }
        Answer.json(exchange, 200, json -> write(found.get(), json));
    }

    private void write(NodeView node, JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("name", node.name());
        json.writeNumberField("pods", node.pods().size());
        json.writeArrayFieldStart("first");
        for (int i = 0; i < Math.min(node.pods().size(), MOST_PODS); i++) {
            String pod = node.pods().get(i);
            int slash = pod.indexOf('/');
            Optional<Explanation> why =
                    slash < 0 ? Optional.empty() : insight.why(pod.substring(0, slash), pod.substring(slash + 1));
            if (why.isPresent()) {
                ExplanationJson.write(why.get(), json);
            } else {
                // It has gone since the view was made.
                json.writeStartObject();
                json.writeStringField("namespace", slash < 0 ? "" : pod.substring(0, slash));
                json.writeStringField("name", pod.substring(slash + 1));
                json.writeEndObject();
            }
        }
        json.writeEndArray();
        json.writeEndObject();
    }
}
