package dev.berth.k8s.server;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A request and its answer. Of one thread. */
final class Call {
    private final HttpExchange exchange;
    private final BodyReader bodies;
    private final BodyReader.Lease lease;
    private final Finished finished;
    private boolean answered;
    private boolean broken;
    private boolean handed;

    /** Is told how a call ended. */
    interface Finished {
        /** @param status as it was answered; 0 when the client was gone */
        void finished(int status);
    }

    Call(HttpExchange exchange, BodyReader bodies, Finished finished) {
        this.exchange = exchange;
        this.bodies = bodies;
        this.lease = bodies.lease();
        this.finished = finished;
    }

    /** The exchange itself, for a handler that answers on its own. */
    HttpExchange hand() {
        handed = true;
        Workers.enter(Workers.Phase.WRITING);
        return exchange;
    }

    /** Whether {@link #hand()} was called. */
    boolean isHanded() {
        return handed;
    }

    boolean isAnswered() {
        return answered;
    }

    /** The value of a header of the request, or null. */
    @Nullable
    String header(String name) {
        return exchange.getRequestHeaders().getFirst(name);
    }

    /** The body of a request that must be JSON. */
    Body json() throws IOException, HttpFailure {
        String type = header("Content-Type");
        if (type == null || !mediaType(type).equals("application/json")) {
            throw new HttpFailure(
                    HttpFailure.UNSUPPORTED_MEDIA_TYPE,
                    "Content-Type is " + (type == null ? "absent" : JsonText.printable(type))
                            + ", allowed: application/json");
        }
        String encoding = header("Content-Encoding");
        if (encoding != null && !encoding.trim().equalsIgnoreCase("identity")) {
            throw new HttpFailure(
                    HttpFailure.UNSUPPORTED_MEDIA_TYPE,
                    "Content-Encoding is " + JsonText.printable(encoding) + ", allowed: none");
        }
        Workers.enter(Workers.Phase.READING);
        Body body = bodies.read(exchange.getRequestBody(), announced(), lease);
        Workers.enter(Workers.Phase.THINKING);
        return body;
    }

    private long announced() {
        String length = header("Content-Length");
        // The JDK's server has checked that it is a number.
        return length == null ? -1 : Long.parseLong(length.trim());
    }

    private static String mediaType(String contentType) {
        int end = contentType.indexOf(';');
        return (end < 0 ? contentType : contentType.substring(0, end)).trim().toLowerCase(Locale.ROOT);
    }

    /** Adds a header to the answer to come. */
    void setHeader(String name, String value) {
        exchange.getResponseHeaders().set(name, value);
    }

    /** Answers, and ends the call. */
    void answer(int status, String contentType, byte[] body) {
        answer(status, contentType, body, body.length);
    }

    void answer(int status, String contentType, byte[] body, int length) {
        if (answered) {
            throw new IllegalStateException("answered already");
        }
        answered = true;
        boolean head = exchange.getRequestMethod().equals("HEAD");
        Workers.enter(Workers.Phase.WRITING);
        try {
            exchange.getResponseHeaders().set("Content-Type", contentType);
            exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
            exchange.sendResponseHeaders(status, head || length == 0 ? -1 : length);
            if (!head && length > 0) {
                try (OutputStream out = exchange.getResponseBody()) {
                    out.write(body, 0, length);
                    if (status >= HttpFailure.BAD_REQUEST) {
                        out.flush();
                        linger();
                    }
                }
            }
            end(status);
        } catch (IOException e) {
            // The client is gone, or was too slow: there is nobody to tell.
            broken = true;
            end(0);
        }
    }

    /** Lets a client that still sends finish within limits: beyond them, its connection breaks, perhaps before it reads the answer. */
    private void linger() throws IOException {
        Workers.enter(Workers.Phase.READING);
        InputStream in = exchange.getRequestBody();
        byte[] sink = new byte[8 << 10];
        long left = 4L * bodies.most();
        while (left > 0) {
            int n = in.read(sink);
            if (n < 0) {
                return;
            }
            left -= n;
        }
    }

    /** Ends the call without an answer. */
    void drop() {
        if (!answered) {
            answered = true;
            broken = true;
            end(0);
        }
    }

    /** Whether the client did not get its answer. */
    boolean isBroken() {
        return broken;
    }

    private void end(int status) {
        try {
            if (!broken) {
                exchange.close();
            }
        } finally {
            lease.close();
            finished.finished(status);
        }
    }
}
