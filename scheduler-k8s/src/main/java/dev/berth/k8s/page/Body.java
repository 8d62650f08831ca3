package dev.berth.k8s.page;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;

/** Bytes that are sent again and again, plain or packed, or not at all to a client that has them. Immutable. */
final class Body {
    private final byte[] plain;
    private final byte[] gzip;
    private final String tag;

    private Body(byte[] plain) {
        this.plain = plain;
        gzip = Answer.gzip(plain);
        tag = Answer.tag(plain);
    }

    /** Of bytes that nobody changes any more. */
    static Body of(byte[] plain) {
        return new Body(plain);
    }

    void answer(HttpExchange exchange, String type) throws IOException {
        Answer.tagged(exchange, type, plain, gzip, tag);
    }
}
