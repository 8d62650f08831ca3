package dev.berth.k8s.page;

import com.sun.net.httpserver.HttpExchange;
import dev.berth.k8s.engine.Explanation;
import dev.berth.k8s.engine.Insight;
import java.io.IOException;
import java.util.Optional;

/** {@code GET /v1/why?namespace=&pod=}. */
record WhyHandler(Insight insight) {
    void answer(HttpExchange exchange) throws IOException {
        Query query = Query.of(exchange.getRequestURI());
        String namespace = query.required("namespace");
        String pod = query.required("pod");
        if (!insight.isReady()) {
            // What it would say may be long out of date.
            Answer.error(exchange, 503, "this replica does not lead, or has not seen the whole cluster yet");
            return;
        }
        Optional<Explanation> why = insight.why(namespace, pod);
        if (why.isEmpty()) {
            Answer.error(exchange, 404, "no pod '" + namespace + "/" + pod + "' is known");
            return;
        }
        Answer.json(exchange, 200, json -> ExplanationJson.write(why.get(), json));
    }
}
