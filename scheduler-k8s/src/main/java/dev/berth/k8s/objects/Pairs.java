package dev.berth.k8s.objects;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;

/** Collects labels and annotations, and gives the map that equal ones share. Used again and again by one reader; not thread-safe. */
final class Pairs {
    /** With more, a look-up of each key among those before it would cost more than making a map. */
    private static final int FEW = 48;

    private String[] keys = new String[8];
    private String[] values = new String[8];

    /** The map at the parser, of the keys that are wanted; empty when absent. As in Go, the last of two equal keys holds. */
    Map<String, String> read(JsonParser p, Predicate<String> wanted) throws IOException {
        if (!Json.object(p)) {
            return Map.of();
        }
        int count = 0;
        String key;
        while ((key = Json.field(p)) != null) {
            if (!wanted.test(key)) {
                p.skipChildren();
                continue;
            }
            if (count == keys.length) {
                keys = Arrays.copyOf(keys, 2 * count);
                values = Arrays.copyOf(values, 2 * count);
            }
            int at = count < FEW ? indexOf(key, count) : count;
            keys[at] = at == count ? Json.INTERNER.string(key) : keys[at];
            values[at] = Json.text(p);
            count += at == count ? 1 : 0;
        }
        return count < FEW ? Json.INTERNER.map(keys, values, count) : many(count);
    }

    private int indexOf(String key, int count) {
        for (int i = 0; i < count; i++) {
            if (keys[i].equals(key)) {
                return i;
            }
        }
        return count;
    }

    private Map<String, String> many(int count) {
        Map<String, String> map = new HashMap<>();
        for (int i = 0; i < count; i++) {
            map.put(keys[i], values[i]);
        }
        return Map.copyOf(map);
    }
}
