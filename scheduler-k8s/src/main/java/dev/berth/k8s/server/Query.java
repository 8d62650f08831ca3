package dev.berth.k8s.server;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The part of an address after the question mark. */
final class Query {
    private Query() {}

    /** The value of the first parameter of that name, decoded; empty without. A value that is encoded wrongly is given as it is. */
    static String parameter(@Nullable String rawQuery, String name) {
        if (rawQuery == null) {
            return "";
        }
        for (int from = 0; from <= rawQuery.length(); ) {
            int end = rawQuery.indexOf('&', from);
            end = end < 0 ? rawQuery.length() : end;
            String pair = rawQuery.substring(from, end);
            int equals = pair.indexOf('=');
            String key = decoded(equals < 0 ? pair : pair.substring(0, equals));
            if (key.equals(name)) {
                return equals < 0 ? "" : decoded(pair.substring(equals + 1));
            }
            from = end + 1;
        }
        return "";
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return text;
        }
    }
}
