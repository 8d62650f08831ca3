package dev.berth.k8s.objects;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Gives one instance for equal values that recur over the objects of a cluster: label keys, node names, the tolerations that every pod
 * gets, the labels of one template. It remembers a bounded number of values and forgets the older of two that meet, so what does not
 * recur costs nothing that lasts. Look-up by characters or by scratch arrays allocates nothing when the value is known.
 *
 * <p>Thread-safe without locks: its slots are plain references to immutable values. A thread that sees an old slot misses, and makes a
 * further equal value.
 */
final class Interner {
    /** Long texts seldom recur, and would make what is remembered large. */
    static final int MAX_CHARS = 128;

    private static final int STRING_SLOTS = 1 << 15;
    private static final int VALUE_SLOTS = 1 << 13;

    private final @Nullable String[] strings = new String[STRING_SLOTS];
    private final @Nullable Object[] values = new Object[VALUE_SLOTS];

    /** The text of {@code length} characters. */
    String string(char[] buffer, int offset, int length) {
        if (length == 0) {
            return "";
        }
        if (length > MAX_CHARS) {
            return new String(buffer, offset, length);
        }
        int hash = 0;
        for (int i = offset; i < offset + length; i++) {
            hash = 31 * hash + buffer[i];
        }
        int slot = slot(hash, STRING_SLOTS);
        String known = strings[slot];
        if (known != null && same(known, buffer, offset, length)) {
            return known;
        }
        String other = strings[slot ^ 1];
        if (other != null && same(other, buffer, offset, length)) {
            return other;
        }
        String made = new String(buffer, offset, length);
        strings[slot ^ 1] = known;
        strings[slot] = made;
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

    /** The same text, as one instance. */
    String string(String text) {
        if (text.length() > MAX_CHARS) {
            return text;
        }
        int slot = slot(text.hashCode(), STRING_SLOTS);
        String known = strings[slot];
        if (text.equals(known)) {
            return known;
        }
        String other = strings[slot ^ 1];
        if (text.equals(other)) {
            return other;
        }
        strings[slot ^ 1] = known;
        strings[slot] = text;
        return text;
    }

    /** An equal list, unmodifiable. Its elements must be immutable. */
    <T> List<T> list(List<T> list) {
        return list.isEmpty() ? List.of() : value(List.copyOf(list));
    }

    /** An equal value. It must be immutable, and equal to values of its own class alone. */
    @SuppressWarnings("unchecked")
    <T> T value(T value) {
        int slot = slot(value.hashCode(), VALUE_SLOTS);
        Object known = values[slot];
        if (value.equals(known)) {
            return (T) known;
        }
        Object other = values[slot ^ 1];
        if (value.equals(other)) {
            return (T) other;
        }
        values[slot ^ 1] = known;
        values[slot] = value;
        return value;
    }

    /**
     * The map from {@code keys[i]} to {@code values[i]} for i below {@code count}, unmodifiable. The keys differ.
     *
     * @param <V> an immutable class
     */
    @SuppressWarnings("unchecked")
    <V> Map<String, V> map(String[] keys, V[] mapped, int count) {
        if (count == 0) {
            return Map.of();
        }
        int hash = 0;
        for (int i = 0; i < count; i++) {
            // Of no order among entries, but of one between key and value: {a: b} and {b: a} are common in one pod.
            hash += (31 * keys[i].hashCode() + mapped[i].hashCode()) * 0x85EBCA6B;
        }
        int slot = slot(hash, VALUE_SLOTS);
        Object known = values[slot];
        if (same(known, keys, mapped, count)) {
            return (Map<String, V>) known;
        }
        Object other = values[slot ^ 1];
        if (same(other, keys, mapped, count)) {
            return (Map<String, V>) other;
        }
        Map<String, V> made = new HashMap<>();
        for (int i = 0; i < count; i++) {
            made.put(keys[i], mapped[i]);
        }
        made = Map.copyOf(made);
        values[slot ^ 1] = known;
        values[slot] = made;
        return made;
    }

    private static boolean same(@Nullable Object known, String[] keys, Object[] mapped, int count) {
        if (!(known instanceof Map<?, ?> map) || map.size() != count) {
            return false;
        }
        for (int i = 0; i < count; i++) {
            if (!mapped[i].equals(map.get(keys[i]))) {
                return false;
            }
        }
        return true;
    }

    private static int slot(int hash, int slots) {
        // Map and list hashes differ in few bits: spread them as Fibonacci hashing does.
        return hash * 0x9E3779B9 >>> 32 - Integer.numberOfTrailingZeros(slots);
    }
}
