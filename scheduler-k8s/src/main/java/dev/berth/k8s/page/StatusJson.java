package dev.berth.k8s.page;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import dev.berth.k8s.engine.ClusterView.WaitingView;
import dev.berth.k8s.engine.Insight.Figures;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** A status as JSON. */
public final class StatusJson {
    private StatusJson() {}

    /** Writes it as one object. */
    public static void write(Status status, JsonGenerator json) throws IOException {
        Figures figures = status.figures();
        json.writeStartObject();
        json.writeBooleanField("ready", status.ready());
        json.writeNumberField("gpus", figures.gpus());
        json.writeNumberField("gpusHeldMilli", figures.gpusHeldMilli());
        json.writeNumberField("podsWaiting", figures.podsWaiting());
        json.writeNumberField("podsHeld", figures.podsHeld());
        json.writeNumberField("podsBound", figures.podsBound());
        json.writeNumberField("gangsWaiting", figures.gangsWaiting());
        json.writeNumberField("placed", figures.placed());
        json.writeNumberField("refused", figures.refused());
        json.writeNumberField("driftRepairs", figures.driftRepairs());
        json.writeNumberField("healed", figures.healed());
        json.writeNumberField("expired", figures.expired());
        json.writeNumberField("overcommittedNodes", figures.overcommittedNodes());
        json.writeNumberField("podsGpusKnown", figures.podsGpusKnown());
        json.writeNumberField("podsGpusNotKnown", figures.podsGpusNotKnown());
        json.writeNumberField("podsOnOtherGpus", figures.podsOnOtherGpus());
        json.writeNumberField("gpuReportsIgnored", figures.gpuReportsIgnored());
        json.writeFieldName("waiting");
        ViewJson.waiting(status.waiting(), json);
        json.writeEndObject();
    }

    /**
     * Reads what {@code /v1/status} answered.
     *
     * @throws JsonFormException when it is something else
     */
    public static Status read(String text) {
        Fields root = Fields.of(text);
        Figures figures = new Figures(
                root.number("gpus"),
                root.number("gpusHeldMilli"),
                root.count("podsWaiting"),
                root.count("podsHeld"),
                root.count("podsBound"),
                root.count("gangsWaiting"),
                root.number("placed"),
                root.number("refused"),
                root.number("driftRepairs"),
                root.number("healed"),
                root.number("expired"),
                root.count("overcommittedNodes"),
                root.count("podsGpusKnown"),
                root.count("podsGpusNotKnown"),
                root.count("podsOnOtherGpus"),
                root.number("gpuReportsIgnored"));
        List<WaitingView> waiting = new ArrayList<>();
        Fields queue = root.object("waiting");
        for (JsonNode node : queue.array("first")) {
            Fields one = queue.element("first", waiting.size(), node);
            waiting.add(new WaitingView(
                    one.text("name"),
                    one.flag("gang"),
                    one.count("pods"),
                    one.count("minPods"),
                    one.count("priority"),
                    one.number("sinceMillis"),
                    one.text("why")));
        }
        return new Status(root.flag("ready"), figures, waiting);
    }
}
