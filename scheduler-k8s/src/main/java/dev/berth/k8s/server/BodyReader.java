package dev.berth.k8s.server;

import dev.berth.k8s.server.ServerSettings.Limits;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Reads bodies within limits: of one, and of all that are in memory. What a client announces takes no memory before it arrives. Thread-safe.
 */
final class BodyReader {
    /** So much memory an announced length is believed for; the rest is taken when that has come. */
    private static final int FIRST_BYTES = 256 << 10;

    private static final int FIRST_BYTES_UNANNOUNCED = 16 << 10;

    private final int most;
    private final AtomicLong left;

    BodyReader(Limits limits) {
        most = limits.bodyBytes();
        left = new AtomicLong(limits.bodiesBytes());
    }

    /** Memory that a body takes until it is closed. */
    final class Lease implements AutoCloseable {
        private long taken;

        private void grow(long to) throws HttpFailure {
            long more = to - taken;
            if (left.addAndGet(-more) < 0) {
                left.addAndGet(more);
                throw new HttpFailure(
                        HttpFailure.UNAVAILABLE,
                        "requests of other clients take all memory that there is for bodies; try again");
            }
            taken = to;
        }

        @Override
        public void close() {
            left.addAndGet(taken);
            taken = 0;
        }
    }

    Lease lease() {
        return new Lease();
    }

    /**
     * The body that the stream ends with.
     *
     * @param announced its length as the client announced it, -1 when it did not
     */
    Body read(InputStream in, long announced, Lease lease) throws IOException, HttpFailure {
        if (announced > most) {
            throw tooLarge();
        }
        byte[] bytes = new byte[announced < 0 ? FIRST_BYTES_UNANNOUNCED : (int) Math.min(announced + 1, FIRST_BYTES)];
        lease.grow(bytes.length);
        int length = 0;
        while (true) {
            int n = in.read(bytes, length, bytes.length - length);
            if (n < 0) {
                return new Body(bytes, length);
            }
            length += n;
            if (length > most) {
                throw tooLarge();
            }
            if (length == bytes.length) {
                int larger = (int) (announced < 0 ? Math.min(2L * length, most + 1L) : announced + 1);
                lease.grow((long) larger + length);
                bytes = Arrays.copyOf(bytes, larger);
                lease.grow(larger);
            }
        }
    }

    /** The most that one body may have. */
    int most() {
        return most;
    }

    private HttpFailure tooLarge() {
        return new HttpFailure(
                HttpFailure.TOO_LARGE, "the body is larger than " + most + " bytes, which is the most allowed");
    }
}
