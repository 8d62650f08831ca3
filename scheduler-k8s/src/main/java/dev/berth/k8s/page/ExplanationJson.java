package dev.berth.k8s.page;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.berth.k8s.engine.Explanation;
import java.io.IOException;
import java.util.List;

/** An explanation as JSON: its components by their names. */
public final class ExplanationJson {
    private ExplanationJson() {}

    /** Writes it as one object. */
    public static void write(Explanation why, JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("namespace", why.namespace());
        json.writeStringField("name", why.name());
        json.writeStringField("state", why.state());
        json.writeStringField("nodeName", why.nodeName());
        json.writeArrayFieldStart("gpus");
        for (int gpu : why.gpus()) {
            json.writeNumber(gpu);
        }
        json.writeEndArray();
        json.writeBooleanField("gpusKnown", why.gpusKnown());
        json.writeStringField("gang", why.gang());
        json.writeNumberField("rank", why.rank());
        json.writeStringField("tier", why.tier());
        json.writeStringField("sentence", why.sentence());
        texts("reasons", why.reasons(), json);
        texts("wouldHelp", why.wouldHelp(), json);
        json.writeEndObject();
    }

    private static void texts(String field, List<String> texts, JsonGenerator json) throws IOException {
        json.writeArrayFieldStart(field);
        for (String text : texts) {
            json.writeString(text);
        }
        json.writeEndArray();
    }

    /**
     * Reads what {@code /v1/why} answered.
     *
     * @throws JsonFormException when it is something else
     */
    public static Explanation read(String text) {
        Fields root = Fields.of(text);
        return new Explanation(
                root.text("namespace"),
                root.text("name"),
                root.text("state"),
                root.textOrNull("nodeName"),
                root.counts("gpus"),
                root.flag("gpusKnown"),
                root.textOrNull("gang"),
                root.count("rank"),
                root.textOrNull("tier"),
                root.text("sentence"),
                root.texts("reasons"),
                root.texts("wouldHelp"));
    }
}
