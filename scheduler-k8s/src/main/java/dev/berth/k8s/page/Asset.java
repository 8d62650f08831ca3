package dev.berth.k8s.page;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A file that the page consists of.
 *
 * @param path where it is served
 * @param type its media type
 * @param body its bytes
 */
record Asset(String path, String type, Body body) {
    /** Nothing from elsewhere, nothing inline, in no frame. */
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
            + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    static List<Asset> all() {
        return List.of(
                read("/", "page.html", "text/html; charset=utf-8"),
                read("/page.js", "page.js", "text/javascript; charset=utf-8"),
                read("/page.css", "page.css", "text/css; charset=utf-8"),
                read("/icon.svg", "icon.svg", "image/svg+xml"));
    }

    private static Asset read(String path, String resource, String type) {
        try (@Nullable InputStream stream = Asset.class.getResourceAsStream(resource)) {
            if (stream == null) {
                throw new IllegalStateException(
                        "the resource " + resource + " of the live page is not on the class path");
            }
            return new Asset(path, type, Body.of(stream.readAllBytes()));
        } catch (IOException e) {
            throw new UncheckedIOException("the resource " + resource + " of the live page cannot be read", e);
        }
    }

    void answer(HttpExchange exchange) throws IOException {
        exchange.getResponseHeaders().set("Content-Security-Policy", POLICY);
        body.answer(exchange, type);
    }
}
