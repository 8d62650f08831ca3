package dev.berth.k8s.page;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;

/** {@code GET /v1/view}. */
record ViewHandler(ViewCache cache) {
    void answer(HttpExchange exchange) throws IOException {
        cache.get().body().answer(exchange, Answer.JSON);
    }
}
