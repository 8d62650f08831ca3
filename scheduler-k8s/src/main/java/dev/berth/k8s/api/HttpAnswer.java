package dev.berth.k8s.api;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads the answers of one connection, one after another (RFC 9112). Not thread-safe.
 *
 * <p>A connection is good for another request only when the answer was read to its end, its length was said, and the server did not say that it closes.
 */
final class HttpAnswer {
    /** More than a server sends by two orders of magnitude; less than what would fill memory. */
    private static final int MOST_HEAD_BYTES = 64 * 1024;

    private static final int UNTIL_CLOSED = -1;
    private static final int CHUNKED = -2;

    private final InputStream in;
    private final byte[] buffer = new byte[16 * 1024];
    private int position;
    private int limit;
    private final StringBuilder line = new StringBuilder(256);
    private int headBytes;

    private int status;
    private long length;
    private boolean closes;
    private @Nullable String retryAfter;
    private boolean ended = true;
    private long left;
    private final Body body = new Body();

    HttpAnswer(InputStream in) {
        this.in = in;
    }

    /** Forgets the answer before. */
    void begin() throws IOException {
        if (!ended) {
            throw new IOException("the answer before was not read to its end");
        }
        if (position < limit) {
            throw new IOException("the server sent what it was not asked for");
        }
        status = 0;
    }

    /** Reads status line and headers; answers that only say that another one comes are skipped. */
    void readHead(String method) throws IOException {
        do {
            readOneHead();
        } while (status >= 100 && status < 200);
        if (method.equals("HEAD") || status == 204 || status == 304) {
            length = 0;
        }
        left = length == CHUNKED ? 0 : length;
        ended = length == 0;
        if (length == UNTIL_CLOSED) {
            closes = true;
        }
    }

    private void readOneHead() throws IOException {
        headBytes = 0;
        length = UNTIL_CLOSED;
        closes = false;
        retryAfter = null;
        readLine(true);
        // HTTP/1.1 200 OK
        if (line.length() < 12 || line.indexOf("HTTP/1.") != 0 || line.charAt(8) != ' ') {
            throw new IOException("no HTTP answer: '" + printable(line) + "'");
        }
        status = 0;
        for (int i = 9; i < 12; i++) {
            int digit = line.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                throw new IOException("no HTTP status: '" + printable(line) + "'");
            }
            status = status * 10 + digit;
        }
        if (line.charAt(7) == '0') {
            closes = true;
        }
        for (readLine(false); line.length() > 0; readLine(false)) {
            if (startsWith("content-length:")) {
                // with both, the chunks count (RFC 9112, 6.3)
                if (length != CHUNKED) {
                    length = number(valueOf("content-length:"));
                }
            } else if (startsWith("transfer-encoding:")) {
                String encoding = valueOf("transfer-encoding:").toLowerCase(Locale.ROOT);
                if (!encoding.equals("chunked")) {
                    throw new IOException("unknown transfer encoding '" + encoding + "'");
                }
                length = CHUNKED;
            } else if (startsWith("connection:")) {
                closes |= valueOf("connection:").toLowerCase(Locale.ROOT).contains("close");
            } else if (startsWith("retry-after:")) {
                retryAfter = valueOf("retry-after:");
            }
        }
    }

    int status() {
        return status;
    }

    /** What the header {@code Retry-After} says in seconds; 0 when it is missing, or no number. */
    int retryAfterSeconds() {
        String text = retryAfter;
        if (text == null || text.isEmpty() || text.length() > 6) {
            return 0;
        }
        int seconds = 0;
        for (int i = 0; i < text.length(); i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                // an HTTP date: no API server sends it
                return 0;
            }
            seconds = seconds * 10 + digit;
        }
        return seconds;
    }

    /** The body. Ends where the body does; ends in an error when the connection does before. */
    InputStream body() {
        return body;
    }

    /** Reads the body to its end and forgets it. */
    void skipBody() throws IOException {
        while (!ended) {
            body.skipSome();
        }
    }

    boolean isReusable() {
        return ended && !closes;
    }

    private static String printable(CharSequence text) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < Math.min(text.length(), 80); i++) {
            char c = text.charAt(i);
            out.append(c >= ' ' && c < 127 ? c : '?');
        }
        return out.toString();
    }

    private boolean startsWith(String lowerCaseName) {
        if (line.length() < lowerCaseName.length()) {
            return false;
        }
        for (int i = 0; i < lowerCaseName.length(); i++) {
            char c = line.charAt(i);
            if ((c >= 'A' && c <= 'Z' ? (char) (c + 32) : c) != lowerCaseName.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private String valueOf(String name) {
        return line.substring(name.length()).trim();
    }

    private static long number(String text) throws IOException {
        if (text.isEmpty() || text.length() > 15) {
            throw new IOException("no length: '" + printable(text) + "'");
        }
        long value = 0;
        for (int i = 0; i < text.length(); i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                throw new IOException("no length: '" + printable(text) + "'");
            }
            value = value * 10 + digit;
        }
        return value;
    }

    private void readLine(boolean first) throws IOException {
        line.setLength(0);
        for (; ; ) {
            if (position == limit) {
                fill(first && line.length() == 0);
            }
            byte b = buffer[position++];
            if (++headBytes > MOST_HEAD_BYTES) {
                throw new IOException("the answer's head is longer than " + MOST_HEAD_BYTES + " bytes");
            }
            if (b == '\n') {
                int end = line.length();
                if (end > 0 && line.charAt(end - 1) == '\r') {
                    line.setLength(end - 1);
                }
                return;
            }
            line.append((char) (b & 0xff));
        }
    }

    private void fill(boolean atStart) throws IOException {
        int n = in.read(buffer, 0, buffer.length);
        if (n < 0) {
            throw atStart
                    ? new HttpConnection.NoAnswerException()
                    : new EOFException("the connection ended inside an answer");
        }
        position = 0;
        limit = n;
    }

    private final class Body extends InputStream {
        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            int n = read(one, 0, 1);
            return n < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] to, int offset, int count) throws IOException {
            if (count == 0) {
                return 0;
            }
            int n = available(count);
            if (n < 0) {
                return -1;
            }
            System.arraycopy(buffer, position, to, offset, n);
            taken(n);
            return n;
        }

        void skipSome() throws IOException {
            int n = available(Integer.MAX_VALUE);
            if (n > 0) {
                taken(n);
            }
        }

        /** How many bytes of the body lie in the buffer, at most so many and at least one; -1 at its end. */
        private int available(int most) throws IOException {
            if (!ended && length == CHUNKED && left == 0) {
                nextChunk();
            }
            if (ended) {
                return -1;
            }
            if (position == limit) {
                int n = in.read(buffer, 0, buffer.length);
                if (n < 0) {
                    if (length == UNTIL_CLOSED) {
                        ended = true;
                        return -1;
                    }
                    throw new EOFException("the connection ended inside a body");
                }
                position = 0;
                limit = n;
            }
            int n = Math.min(limit - position, most);
            return length == UNTIL_CLOSED ? n : (int) Math.min(n, left);
        }

        private void taken(int n) throws IOException {
            position += n;
            if (length == UNTIL_CLOSED) {
                return;
            }
            left -= n;
            if (left == 0) {
                if (length == CHUNKED) {
                    headBytes = 0;
                    readLine(false);
                    if (line.length() > 0) {
                        throw new IOException("a chunk is longer than it says");
                    }
                } else {
                    ended = true;
                }
            }
        }

        private void nextChunk() throws IOException {
            headBytes = 0;
            readLine(false);
            int digits = 0;
            long size = 0;
            while (digits < line.length() && Character.digit(line.charAt(digits), 16) >= 0) {
                size = size * 16 + Character.digit(line.charAt(digits), 16);
                digits++;
            }
            // what may follow is an extension
            boolean extension = digits < line.length() && line.charAt(digits) != ';' && line.charAt(digits) != ' ';
            if (digits == 0 || digits > 8 || extension) {
                throw new IOException("no chunk size: '" + printable(line) + "'");
            }
            if (size == 0) {
                do {
                    readLine(false);
                } while (line.length() > 0);
                ended = true;
            } else {
                left = size;
            }
        }
    }
}
