package dev.berth.cluster;

import org.jspecify.annotations.Nullable;

/** The one form of complaint about a field: what it belongs to, its value and what is allowed. */
final class Checks {
    private Checks() {}

    static void notBlank(String kind, String name, String field, String value) {
        require(!value.isBlank(), kind, name, field, value, "not blank");
    }

    static void require(boolean ok, String kind, String name, String field, @Nullable Object value, String allowed) {
        if (!ok) {
            throw wrong(kind, name, field, value, allowed);
        }
    }

    static IllegalArgumentException wrong(
            String kind, String name, String field, @Nullable Object value, String allowed) {
        return new IllegalArgumentException(
                kind + " '" + name + "': " + field + " is " + value + ", allowed: " + allowed);
    }
}
