package dev.berth.k8s.page;

import com.sun.net.httpserver.HttpExchange;
import dev.berth.k8s.engine.ClusterView;
import dev.berth.k8s.engine.ClusterView.NodeView;
import dev.berth.k8s.engine.ClusterView.WaitingView;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * {@code GET /v1/find?text=}: where pods and gangs are whose names contain a text, capitals or not. Nodes are looked for by name, rack and domain
 * by the page itself, which has those.
 */
record FindHandler(ViewCache cache) {
    private static final int MOST_PODS = 100;

    private record Found(String pod, String gang, String node) {}

    void answer(HttpExchange exchange) throws IOException {
        String text =
                Query.of(exchange.getRequestURI()).required("text").strip().toLowerCase(Locale.ROOT);
        ClusterView view = cache.get().view();
        List<String> nodes = new ArrayList<>();
        List<Found> first = new ArrayList<>();
        long pods = 0;
        for (NodeView node : view.nodes()) {
            boolean here = false;
            for (int i = 0; i < node.pods().size(); i++) {
                String pod = node.pods().get(i);
                String gang = i < node.gangs().size() ? node.gangs().get(i) : "";
                if (contains(pod, text) || contains(gang, text)) {
                    here = true;
                    pods++;
                    if (first.size() < MOST_PODS) {
                        first.add(new Found(pod, gang, node.name()));
                    }
                }
            }
            if (here) {
                nodes.add(node.name());
            }
        }
        List<WaitingView> waiting = view.waiting().stream()
                .filter(one -> contains(one.name(), text))
                .toList();
        long podsFound = pods;
        Answer.json(exchange, 200, json -> {
            json.writeStartObject();
            json.writeArrayFieldStart("nodes");
            for (String node : nodes) {
                json.writeString(node);
            }
            json.writeEndArray();
            json.writeNumberField("pods", podsFound);
            json.writeArrayFieldStart("first");
            for (Found found : first) {
                json.writeStartObject();
                json.writeStringField("pod", found.pod());
                json.writeStringField("gang", found.gang());
                json.writeStringField("node", found.node());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeFieldName("waiting");
            ViewJson.waiting(waiting, json);
            json.writeEndObject();
        });
    }

    private static boolean contains(String name, String text) {
        return name.toLowerCase(Locale.ROOT).contains(text);
    }
}
