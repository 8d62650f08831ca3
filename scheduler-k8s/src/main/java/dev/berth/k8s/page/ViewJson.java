package dev.berth.k8s.page;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.berth.k8s.engine.ClusterView;
import dev.berth.k8s.engine.ClusterView.NodeView;
import dev.berth.k8s.engine.ClusterView.WaitingView;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A view as JSON for the page: about 40 bytes a node, as every name and every pattern of held GPUs is written once and then called by its number.
 * Pods are left out; {@code /v1/node} and {@code /v1/find} tell of them.
 */
final class ViewJson {
    /** Most waiting pods and gangs that are named; of the others only the number is told. */
    static final int MOST_WAITING = 100;

    private record Place(@Nullable String rack, List<String> domains) {}

    private ViewJson() {}

    static byte[] of(ClusterView view) {
        return Answer.bytes(json -> write(view, json));
    }

    private static void write(ClusterView view, JsonGenerator json) throws IOException {
        Names<Place> places = new Names<>();
        Names<String> models = new Names<>();
        Names<String> states = new Names<>();
        Names<List<Integer>> held = new Names<>();
        Names<List<Integer>> islands = new Names<>();
        json.writeStartObject();
        json.writeNumberField("sequence", view.sequence());
        json.writeBooleanField("leading", view.leading());
        json.writeArrayFieldStart("nodes");
        for (NodeView node : view.nodes()) {
            json.writeStartArray();
            json.writeString(node.name());
            json.writeNumber(places.number(new Place(node.rack(), node.domains())));
            json.writeNumber(models.number(node.model()));
            json.writeNumber(states.number(node.state()));
            json.writeNumber(held.number(node.gpuHeldMilli()));
            json.writeNumber(islands.number(node.islands()));
            json.writeEndArray();
        }
        json.writeEndArray();
        json.writeArrayFieldStart("places");
        for (Place place : places.values()) {
            json.writeStartArray();
            json.writeString(place.rack());
            for (String domain : place.domains()) {
                json.writeString(domain);
            }
            json.writeEndArray();
        }
        json.writeEndArray();
        texts("models", models.values(), json);
        texts("states", states.values(), json);
        numbers("held", held.values(), json);
        numbers("islands", islands.values(), json);
        json.writeFieldName("waiting");
        waiting(view.waiting(), json);
        json.writeEndObject();
    }

    private static void texts(String field, List<String> texts, JsonGenerator json) throws IOException {
        json.writeArrayFieldStart(field);
        for (String text : texts) {
            json.writeString(text);
        }
        json.writeEndArray();
    }

    private static void numbers(String field, List<List<Integer>> lists, JsonGenerator json) throws IOException {
        json.writeArrayFieldStart(field);
        for (List<Integer> list : lists) {
            json.writeStartArray();
            for (int number : list) {
                json.writeNumber(number);
            }
            json.writeEndArray();
        }
        json.writeEndArray();
    }

    /** {@code {"pods": all of them, "gangs": all of them, "first": [...]}}. */
    static void waiting(List<WaitingView> waiting, JsonGenerator json) throws IOException {
        long gangs = waiting.stream().filter(WaitingView::gang).count();
        json.writeStartObject();
        json.writeNumberField("pods", waiting.size() - gangs);
        json.writeNumberField("gangs", gangs);
        json.writeArrayFieldStart("first");
        int shown = Math.min(waiting.size(), MOST_WAITING);
        for (WaitingView one : waiting.subList(0, shown)) {
            waiting(one, json);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    static void waiting(WaitingView one, JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("name", one.name());
        json.writeBooleanField("gang", one.gang());
        json.writeNumberField("pods", one.pods());
        json.writeNumberField("minPods", one.minPods());
        json.writeNumberField("priority", one.priority());
        json.writeNumberField("sinceMillis", one.sinceMillis());
        json.writeStringField("why", one.why());
        json.writeEndObject();
    }
}
