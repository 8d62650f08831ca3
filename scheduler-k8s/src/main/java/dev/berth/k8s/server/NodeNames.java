package dev.berth.k8s.server;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Gives one instance for each node's name: a filter names thousands of nodes, the same ones many times a second. Remembers a bounded number, and forgets
 * the older of two that meet. Thread-safe.
 */
final class NodeNames {
    private static final int SLOTS = 1 << 16;

    private final AtomicReferenceArray<@Nullable String> names = new AtomicReferenceArray<>(SLOTS);

    String of(char[] buffer, int offset, int length) {
        int hash = 0;
        for (int i = offset; i < offset + length; i++) {
            hash = 31 * hash + buffer[i];
        }
        // Numbered names differ in few bits: Fibonacci hashing spreads them.
        int slot = hash * 0x9E3779B9 >>> 32 - Integer.numberOfTrailingZeros(SLOTS);
        String known = names.getPlain(slot);
        if (known != null && same(known, buffer, offset, length)) {
            return known;
        }
        String other = names.getPlain(slot ^ 1);
        if (other != null && same(other, buffer, offset, length)) {
            return other;
        }
        String made = new String(buffer, offset, length);
        names.setRelease(slot ^ 1, known);
        names.setRelease(slot, made);
        return made;
    }

    private static boolean same(String known, char[] buffer, int offset, int length) {
        if (known.length() != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (known.charAt(i) != buffer[offset + i]) {
                return false;
            }
        }
        return true;
    }
}
