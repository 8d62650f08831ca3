package dev.berth.k8s.api;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * Cuts the body of a watch into its events, which are JSON texts that end in a line feed each; inside JSON there is none, as strings escape it. Not thread-safe.
 *
 * <p>An event that the connection ended inside of is dropped: it will come again.
 */
final class WatchFrames {
    /** etcd takes no object over 1.5 MiB; JSON and an old and new version make it no more than some times that. */
    private static final int MOST_BYTES = 32 * 1024 * 1024;

    private final InputStream in;
    private byte[] bytes = new byte[32 * 1024];
    private int scanned;
    private int end;
    private int start;
    private int length;

    WatchFrames(InputStream in) {
        this.in = in;
    }

    /** Goes to the next event; false at the end. */
    boolean next() throws IOException {
        start += length == 0 ? 0 : length + 1;
        length = 0;
        scanned = Math.max(scanned, start);
        for (; ; ) {
            while (scanned < end) {
                if (bytes[scanned++] == '\n') {
                    length = scanned - 1 - start;
                    if (length > 0) {
                        return true;
                    }
                    start = scanned;
                }
            }
            if (start > 0) {
                System.arraycopy(bytes, start, bytes, 0, end - start);
                end -= start;
                scanned -= start;
                start = 0;
            }
            if (end == bytes.length) {
                if (end >= MOST_BYTES) {
                    throw new IOException("an event of a watch is longer than " + MOST_BYTES + " bytes");
                }
                bytes = Arrays.copyOf(bytes, end * 2);
            }
            int n = in.read(bytes, end, bytes.length - end);
            if (n < 0) {
                return false;
            }
            end += n;
        }
    }

    /** Where the event lies. Valid until the next one. */
    byte[] bytes() {
        return bytes;
    }

    /** Where it begins. */
    int start() {
        return start;
    }

    /** How many bytes it has. */
    int length() {
        return length;
    }
}
