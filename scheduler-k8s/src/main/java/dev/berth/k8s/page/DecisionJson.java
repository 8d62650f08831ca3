package dev.berth.k8s.page;

import dev.berth.k8s.engine.Decision;

/** A decision as JSON: its components by their names. */
final class DecisionJson {
    private DecisionJson() {}

    /** On one line, as a stream of events needs it. */
    static byte[] of(Decision decision) {
        return Answer.bytes(json -> {
            json.writeStartObject();
            json.writeNumberField("sequence", decision.sequence());
            json.writeNumberField("millis", decision.millis());
            json.writeStringField("kind", decision.kind());
            json.writeStringField("pod", decision.pod());
            json.writeStringField("gang", decision.gang());
            json.writeStringField("nodeName", decision.nodeName());
            json.writeArrayFieldStart("gpus");
            for (int gpu : decision.gpus()) {
                json.writeNumber(gpu);
            }
            json.writeEndArray();
            json.writeStringField("text", decision.text());
            json.writeEndObject();
        });
    }
}
