package dev.berth.k8s.server;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.berth.k8s.engine.Explanation;
import dev.berth.k8s.engine.Insight;
import java.io.IOException;
import java.util.List;

/** Answers why a pod stands where it stands, or not yet. Thread-safe. */
final class Explain {
    private final Insight insight;

    Explain(Insight insight) {
        this.insight = insight;
    }

    void addTo(Routes routes) {
        routes.add("/explain", "GET", new Routes.Route("explain", Failures.JSON, this::explain));
    }

    private void explain(Call call) throws HttpFailure {
        String namespace = call.parameter("namespace");
        String pod = call.parameter("pod");
        if (pod.isEmpty()) {
            throw JsonText.bad("pod is empty, allowed: /explain?namespace=NAMESPACE&pod=NAME");
        }
        String inNamespace = namespace.isEmpty() ? "default" : namespace;
        Explanation why = insight.why(inNamespace, pod)
                .orElseThrow(() -> new HttpFailure(
                        HttpFailure.NOT_FOUND,
                        "there is no pod " + JsonText.printable(inNamespace) + "/" + JsonText.printable(pod)));
        call.answer(200, "application/json", JsonText.bytes(g -> write(g, why)));
    }

    private static void write(JsonGenerator g, Explanation why) throws IOException {
        g.writeStartObject();
        g.writeStringField("namespace", why.namespace());
        g.writeStringField("name", why.name());
        g.writeStringField("state", why.state());
        g.writeStringField("nodeName", why.nodeName());
        g.writeArrayFieldStart("gpus");
        for (int gpu : why.gpus()) {
            g.writeNumber(gpu);
        }
        g.writeEndArray();
        g.writeBooleanField("gpusKnown", why.gpusKnown());
        g.writeStringField("gang", why.gang());
        g.writeNumberField("rank", why.rank());
        g.writeStringField("tier", why.tier());
        g.writeStringField("sentence", why.sentence());
        texts(g, "reasons", why.reasons());
        texts(g, "wouldHelp", why.wouldHelp());
        g.writeEndObject();
    }

    private static void texts(JsonGenerator g, String field, List<String> texts) throws IOException {
        g.writeArrayFieldStart(field);
        for (String text : texts) {
            g.writeString(text);
        }
        g.writeEndArray();
    }
}
