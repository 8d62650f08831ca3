package dev.berth.k8s.page;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets through to a handler what is meant for it: the JDK's server gives a handler every path that begins with its own.
 *
 * @param path the one path
 * @param handler what answers it
 */
record Guard(String path, HttpHandler handler) {
    private static final Logger LOG = LoggerFactory.getLogger(Guard.class);

    void answer(HttpExchange exchange) throws IOException {
        String asked = exchange.getRequestURI().getPath();
        String method = exchange.getRequestMethod();
        try {
            if (!path.equals(asked)) {
                Answer.error(exchange, 404, "there is nothing at this path");
            } else if (!method.equals("GET") && !method.equals("HEAD")) {
                exchange.getResponseHeaders().set("Allow", "GET, HEAD");
                Answer.error(exchange, 405, "only GET and HEAD are allowed here");
            } else {
                handler.handle(exchange);
            }
        } catch (BadQueryException e) {
            Answer.error(exchange, 400, String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            LOG.error("GET {} failed", path, e);
            Answer.error(exchange, 500, "internal error: " + e.getClass().getSimpleName() + "; the log says more");
        }
    }
}
