package dev.berth.planner.io;

import dev.berth.cluster.Cluster;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Amounts of counted resources by name, as both files write them. */
final class Counted {
    /** Largest amount on one node: a petabyte in bytes. */
    static final long MAX_AMOUNT = 1_000_000_000_000_000L;

    private Counted() {}

    static Map<String, Long> read(@Nullable YamlValue value) {
        Map<String, Long> counted = new LinkedHashMap<>();
        if (value == null) {
            return counted;
        }
        value.entries().forEach((name, amount) -> {
            if (name.isBlank()) {
                throw amount.complain("has a blank name, allowed: names that are not blank");
            }
            counted.put(name, amount.number(0, MAX_AMOUNT));
        });
        if (counted.size() > Cluster.MAX_COUNTED) {
            throw value.complain("names " + counted.size() + " resources, allowed: at most " + Cluster.MAX_COUNTED);
        }
        return counted;
    }
}
