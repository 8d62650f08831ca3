package dev.berth.k8s.page;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The parameters of a query, decoded. Immutable. */
final class Query {
    /** Longer than any name in Kubernetes: 253 bytes for most, and a namespace before. */
    private static final int LONGEST = 512;

    private final Map<String, String> values = new LinkedHashMap<>();

    private Query() {}

    /**
     * Reads the query of an address; parameters that nobody asks for are no error.
     *
     * @throws BadQueryException when one comes twice, or cannot be decoded, or is longer than {@value #LONGEST} characters
     */
    static Query of(URI uri) {
        Query query = new Query();
        @Nullable String raw = uri.getRawQuery();
        if (raw == null) {
            return query;
        }
        for (String part : raw.split("&", -1)) {
            if (part.isEmpty()) {
                continue;
            }
            int equals = part.indexOf('=');
            String name = decode(equals < 0 ? part : part.substring(0, equals));
            String value = equals < 0 ? "" : decode(part.substring(equals + 1));
            if (value.length() > LONGEST) {
                throw new BadQueryException(
                        "parameter '" + name + "' has " + value.length() + " characters, allowed: up to " + LONGEST);
            }
            if (query.values.put(name, value) != null) {
                throw new BadQueryException("parameter '" + name + "' comes twice, allowed: once");
            }
        }
        return query;
    }

    private static String decode(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new BadQueryException("'" + text + "' cannot be decoded, allowed: percent-encoded UTF-8");
        }
    }

    /** The value, or the other one when it is not given. */
    String getOr(String name, String other) {
        return values.getOrDefault(name, other);
    }

    /**
     * The value.
     *
     * @throws BadQueryException when it is not given, or empty
     */
    String required(String name) {
        String value = values.getOrDefault(name, "");
        if (value.isEmpty()) {
            throw new BadQueryException("parameter '" + name + "' is missing, allowed: a name");
        }
        return value;
    }
}
