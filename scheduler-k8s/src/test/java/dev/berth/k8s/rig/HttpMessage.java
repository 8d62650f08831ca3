package dev.berth.k8s.rig;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A request or an answer of HTTP/1.1 (RFC 9112), as it came: first line, header lines, and the body where it has been read.
 *
 * @param first first line
 * @param headers lines {@code name: value}
 * @param body what has been read of it, a character per byte; empty when there is none, or when it is still to come
 */
record HttpMessage(String first, List<String> headers, String body) {

    /** Reads the head; null when the stream ends before it begins. */
    static @Nullable HttpMessage readHead(InputStream in) throws IOException {
        String first = line(in);
        if (first == null) {
            return null;
        }
        List<String> headers = new ArrayList<>();
        for (String header = line(in); header == null || !header.isEmpty(); header = line(in)) {
            if (header == null) {
                throw new EOFException("in a head");
            }
            headers.add(header);
        }
        return new HttpMessage(first, headers, "");
    }

    private static @Nullable String line(InputStream in) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                return null;
            }
            if (b != '\r') {
                bytes.write(b);
            }
        }
        return bytes.toString(StandardCharsets.ISO_8859_1);
    }

    /** The value of a header, or an empty text. */
    String header(String name) {
        String prefix = name.toLowerCase(Locale.ROOT) + ":";
        for (String header : headers) {
            if (header.toLowerCase(Locale.ROOT).startsWith(prefix)) {
                return header.substring(prefix.length()).trim();
            }
        }
        return "";
    }

    String method() {
        return first.substring(0, first.indexOf(' '));
    }

    /** Path and query. */
    String target() {
        return first.split(" ", 3)[1];
    }

    int status() {
        return Integer.parseInt(first.split(" ", 3)[1]);
    }

    private boolean isChunked() {
        return header("Transfer-Encoding").equalsIgnoreCase("chunked");
    }

    /** The same with its body read, and a length in place of chunks. */
    HttpMessage withBody(InputStream in) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        if (isChunked()) {
            for (int size = chunkSize(in); size > 0; size = chunkSize(in)) {
                all.write(exactly(in, size));
                line(in);
            }
            for (String trailer = line(in); trailer != null && !trailer.isEmpty(); trailer = line(in)) {
                // Nobody here sends any; what may come is left out.
            }
        } else if (!header("Content-Length").isEmpty()) {
            all.write(exactly(in, Integer.parseInt(header("Content-Length"))));
        }
        return withBody(all.toString(StandardCharsets.ISO_8859_1));
    }

    /** The same with another body. */
    HttpMessage withBody(String other) {
        if (other.isEmpty() && !isChunked()) {
            return this;
        }
        List<String> changed = new ArrayList<>(headers);
        changed.removeIf(header -> {
            String lower = header.toLowerCase(Locale.ROOT);
            return lower.startsWith("content-length:") || lower.startsWith("transfer-encoding:");
        });
        changed.add("Content-Length: " + other.length());
        return new HttpMessage(first, changed, other);
    }

    private static int chunkSize(InputStream in) throws IOException {
        String size = line(in);
        if (size == null) {
            throw new EOFException("before a chunk");
        }
        return Integer.parseInt(size.split(";", 2)[0].trim(), 16);
    }

    private static byte[] exactly(InputStream in, int count) throws IOException {
        byte[] bytes = in.readNBytes(count);
        if (bytes.length < count) {
            throw new EOFException("in a body");
        }
        return bytes;
    }

    void write(OutputStream out) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write((first + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
        for (String header : headers) {
            all.write((header + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
        }
        all.write('\r');
        all.write('\n');
        all.write(body.getBytes(StandardCharsets.ISO_8859_1));
        out.write(all.toByteArray());
        out.flush();
    }

    /** Passes a body of chunks on, each as it comes: a watch. */
    static void passChunks(InputStream in, OutputStream out) throws IOException {
        for (int size = -1; size != 0; ) {
            size = chunkSize(in);
            byte[] chunk = exactly(in, size);
            line(in);
            out.write((Integer.toHexString(size) + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
            out.write(chunk);
            out.write("\r\n".getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
        }
    }

    /** Whether an answer's body has no end that could be waited for. */
    boolean isStream(HttpMessage request) {
        return isChunked() && request.target().contains("watch=");
    }
}
