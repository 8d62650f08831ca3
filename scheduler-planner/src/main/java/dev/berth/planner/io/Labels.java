package dev.berth.planner.io;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Labels by key, as both files write them. */
final class Labels {
    private Labels() {}

    static Map<String, String> read(@Nullable YamlValue value) {
        Map<String, String> labels = new LinkedHashMap<>();
        if (value != null) {
            value.entries().forEach((key, label) -> labels.put(key, label.anyText()));
        }
        return labels;
    }
}
