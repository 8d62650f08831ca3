package dev.berth.k8s.page;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/** How answers are written. */
final class Answer {
    static final String JSON = "application/json; charset=utf-8";

    private static final JsonFactory FACTORY = new JsonFactory();

    private Answer() {}

    /** Something that writes JSON. */
    interface Writer {
        /** Writes one value. */
        void write(JsonGenerator json) throws IOException;
    }

    /** What the writer writes. */
    static byte[] bytes(Writer writer) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = FACTORY.createGenerator(bytes)) {
            writer.write(json);
        } catch (IOException e) {
            throw new UncheckedIOException("a buffer in memory refused JSON", e);
        }
        return bytes.toByteArray();
    }

    static byte[] gzip(byte[] plain) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(plain.length / 4 + 64);
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(plain);
        } catch (IOException e) {
            throw new UncheckedIOException("a buffer in memory refused bytes", e);
        }
        return bytes.toByteArray();
    }

    /** A strong entity tag (RFC 9110, 8.8.3) of what is sent. */
    static String tag(byte[] bytes) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
            return '"' + HexFormat.of().formatHex(digest, 0, 12) + '"';
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** JSON that is of now and not worth keeping. */
    static void json(HttpExchange exchange, int status, Writer writer) throws IOException {
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        send(exchange, status, JSON, bytes(writer));
    }

    /** {@code {"error": message}}. */
    static void error(HttpExchange exchange, int status, String message) throws IOException {
        json(exchange, status, json -> {
            json.writeStartObject();
            json.writeStringField("error", message);
            json.writeEndObject();
        });
    }

    /** What may be asked for again, plain or packed, or not at all when the client has it. */
    static void tagged(HttpExchange exchange, String type, byte[] plain, byte[] gzip, String tag) throws IOException {
        Headers headers = exchange.getResponseHeaders();
        boolean packed = acceptsGzip(exchange.getRequestHeaders());
        // Two sequences of bytes, two strong tags.
        String sent = packed ? tag.substring(0, tag.length() - 1) + "-gzip\"" : tag;
        headers.set("ETag", sent);
        headers.set("Vary", "Accept-Encoding");
        headers.set("Cache-Control", "no-cache");
        @Nullable String known = exchange.getRequestHeaders().getFirst("If-None-Match");
        if (known != null && matches(known, sent)) {
            common(headers);
            exchange.sendResponseHeaders(304, -1);
            exchange.close();
            return;
        }
        if (packed) {
            headers.set("Content-Encoding", "gzip");
        }
        send(exchange, 200, type, packed ? gzip : plain);
    }

    /** The comparison of RFC 9110, 13.1.2: of a list, without regard to weakness. */
    static boolean matches(String ifNoneMatch, String tag) {
        for (String one : ifNoneMatch.split(",", -1)) {
            String bare = one.strip();
            if (bare.equals("*") || bare.equals(tag) || bare.equals("W/" + tag)) {
                return true;
            }
        }
        return false;
    }

    /** Whether gzip is named, and not with weight 0 (RFC 9110, 12.5.3). */
    static boolean acceptsGzip(Headers request) {
        @Nullable String accepted = request.getFirst("Accept-Encoding");
        if (accepted == null) {
            return false;
        }
        for (String one : accepted.toLowerCase(Locale.ROOT).split(",", -1)) {
            String[] parts = one.strip().split("\\s*;\\s*", -1);
            if (parts[0].equals("gzip")) {
                return parts.length == 1 || !parts[1].matches("q=0(\\.0*)?");
            }
        }
        return false;
    }

    static void send(HttpExchange exchange, int status, String type, byte[] body) throws IOException {
        Headers headers = exchange.getResponseHeaders();
        headers.set("Content-Type", type);
        common(headers);
        try (exchange) {
            if (exchange.getRequestMethod().equals("HEAD")) {
                headers.set("Content-Length", Integer.toString(body.length));
                exchange.sendResponseHeaders(status, -1);
                return;
            }
            exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
            if (body.length > 0) {
                OutputStream out = exchange.getResponseBody();
                out.write(body);
                out.close();
            }
        }
    }

    static void common(Headers headers) {
        headers.set("X-Content-Type-Options", "nosniff");
        headers.set("Referrer-Policy", "no-referrer");
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
