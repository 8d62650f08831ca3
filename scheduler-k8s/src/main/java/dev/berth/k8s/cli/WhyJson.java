package dev.berth.k8s.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.berth.k8s.engine.Explanation;
import dev.berth.k8s.page.ExplanationJson;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;

/** Why, for programs: {@code source} says who tells it, {@code berth} or {@code pod}, and so which of the two fields is there. */
final class WhyJson {
    private static final JsonFactory FACTORY = new JsonFactory();

    private WhyJson() {}

    /** Something that writes JSON. */
    interface Writer {
        void write(JsonGenerator json) throws IOException;
    }

    /** A document, as people can read it too. */
    static String document(Writer writer) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = FACTORY.createGenerator(text)) {
            json.useDefaultPrettyPrinter();
            writer.write(json);
        } catch (IOException e) {
            throw new UncheckedIOException("a buffer in memory refused JSON", e);
        }
        return text.toString();
    }

    static String of(Explanation why) {
        return document(json -> {
            json.writeStartObject();
            json.writeStringField("source", "berth");
            json.writeFieldName("explanation");
            ExplanationJson.write(why, json);
            json.writeEndObject();
        });
    }

    static String of(PodStory story, String silent) {
        return document(json -> {
            json.writeStartObject();
            json.writeStringField("source", "pod");
            json.writeStringField("berthSilentBecause", silent);
            json.writeObjectFieldStart("pod");
            json.writeStringField("namespace", story.pod().namespace());
            json.writeStringField("name", story.pod().name());
            json.writeStringField("state", story.state());
            json.writeStringField("nodeName", story.nodeName());
            json.writeStringField("plannedNode", story.plannedNode());
            json.writeStringField("plannedGpus", story.plannedGpus());
            json.writeStringField("gang", story.gang());
            json.writeStringField("rank", story.rank());
            texts("gates", story.gates(), json);
            json.writeStringField("pinnedTo", story.pinnedTo());
            json.writeBooleanField("pinnedGone", story.pinnedGone());
            json.writeStringField("sentence", story.sentence());
            texts("told", story.told(), json);
            texts("wouldHelp", story.wouldHelp(), json);
            json.writeEndObject();
            json.writeEndObject();
        });
    }

    static void texts(String field, List<String> texts, JsonGenerator json) throws IOException {
        json.writeArrayFieldStart(field);
        for (String text : texts) {
            json.writeString(text);
        }
        json.writeEndArray();
    }
}
