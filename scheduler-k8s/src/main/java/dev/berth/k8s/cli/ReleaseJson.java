package dev.berth.k8s.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.Locale;

/** What became of pods, for programs. */
final class ReleaseJson {
    private ReleaseJson() {}

    static String of(Released released) {
        return WhyJson.document(json -> {
            json.writeStartObject();
            json.writeBooleanField("dryRun", released.dryRun());
            json.writeNumberField("held", released.held().size());
            json.writeNumberField("released", released.count(Releaser.Kind.RELEASED));
            json.writeNumberField("failed", released.count(Releaser.Kind.FAILED));
            json.writeArrayFieldStart("pods");
            for (int i = 0; i < released.held().size(); i++) {
                write(released, i, json);
            }
            json.writeEndArray();
            WhyJson.texts(
                    "notHeld",
                    released.notHeld().stream().map(PodName::toString).toList(),
                    json);
            json.writeEndObject();
        });
    }

    private static void write(Released released, int index, JsonGenerator json) throws IOException {
        Gated pod = released.held().get(index);
        json.writeStartObject();
        json.writeStringField("namespace", pod.pod().namespace());
        json.writeStringField("name", pod.pod().name());
        json.writeStringField("uid", pod.uid());
        WhyJson.texts("otherGates", pod.others(), json);
        if (!released.dryRun()) {
            Releaser.Result result = released.results().get(index);
            json.writeStringField("result", result.kind().name().toLowerCase(Locale.ROOT));
            if (!result.message().isEmpty()) {
                json.writeStringField("message", result.message());
            }
        }
        json.writeEndObject();
    }
}
