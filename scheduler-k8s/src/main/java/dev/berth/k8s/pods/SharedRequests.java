package dev.berth.k8s.pods;

import dev.berth.placement.Request;
import org.jspecify.annotations.Nullable;

/**
 * Gives one instance for equal requests, of which a cluster has few. Remembers a bounded number; where two meet in a slot, the later
 * stays. Thread-safe without locks: its slots are plain references to immutable values.
 */
final class SharedRequests {
    private static final int BITS = 11;

    private final @Nullable Request[] slots = new Request[1 << BITS];

    Request of(Request request) {
        int slot = request.hashCode() * 0x9E3779B9 >>> 32 - BITS;
        Request known = slots[slot];
        if (request.equals(known)) {
            return known;
        }
        slots[slot] = request;
        return request;
    }
}
