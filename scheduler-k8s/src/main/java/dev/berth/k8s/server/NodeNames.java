package dev.berth.k8s.server;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Gives one instance for each node's name: a filter names thousands of nodes, the same ones many times a second. Remembers a bounded number, and forgets
 * the older of two that meet. Thread-safe: a thread that does not see what another has put there yet makes an equal string.
 */
final class NodeNames {
    private static final int SLOTS = 1 << 16;

    private final @Nullable Known[] known = new Known[SLOTS];

    /** A name, as text that is read and as the string that it becomes. Its fields are final, so that a racy read sees them whole. */
    private static final class Known {
        private final char[] chars;
        private final String name;

        Known(char[] buffer, int offset, int length) {
            chars = Arrays.copyOfRange(buffer, offset, offset + length);
            name = new String(chars);
        }

        boolean is(char[] buffer, int offset, int length) {
            return chars.length == length && Arrays.equals(chars, 0, length, buffer, offset, offset + length);
        }
    }

    String of(char[] buffer, int offset, int length) {
        int hash = 0;
        for (int i = offset; i < offset + length; i++) {
            hash = 31 * hash + buffer[i];
        }
        // Numbered names differ in few bits: Fibonacci hashing spreads them.
        int slot = hash * 0x9E3779B9 >>> 32 - Integer.numberOfTrailingZeros(SLOTS);
        Known first = known[slot];
        if (first != null && first.is(buffer, offset, length)) {
            return first.name;
        }
        Known second = known[slot ^ 1];
        if (second != null && second.is(buffer, offset, length)) {
            return second.name;
        }
        Known made = new Known(buffer, offset, length);
        known[slot ^ 1] = first;
        known[slot] = made;
        return made.name;
    }
}
