package dev.berth.k8s.page;

import com.sun.net.httpserver.HttpExchange;
import dev.berth.k8s.engine.Insight;
import java.io.IOException;

/** {@code GET /v1/status}: figures of now and who waits, in the form of {@link StatusJson}. */
record StatusHandler(Insight insight, ViewCache cache) {
    void answer(HttpExchange exchange) throws IOException {
        Status status = new Status(
                insight.isReady(), insight.figures(), cache.get().view().waiting());
        Answer.json(exchange, 200, json -> StatusJson.write(status, json));
    }
}
