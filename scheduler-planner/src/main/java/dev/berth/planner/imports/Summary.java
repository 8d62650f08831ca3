package dev.berth.planner.imports;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Many like things in one note: how many different ones, and the first few of them. Not thread-safe. */
final class Summary {
    private static final int EXAMPLES = 3;

    private final List<String> first = new ArrayList<>();
    private final Set<String> all = new HashSet<>();

    void add(String name) {
        if (all.add(name) && first.size() < EXAMPLES) {
            first.add(name);
        }
    }

    int size() {
        return all.size();
    }

    /** {@code a, b, c and 4 more}. */
    String examples() {
        return String.join(", ", first)
                + (size() > EXAMPLES ? String.format(Locale.ROOT, " and %,d more", size() - EXAMPLES) : "");
    }

    /** {@code 1 node} or {@code 7 nodes}. */
    static String count(int number, String one, String many) {
        return String.format(Locale.ROOT, "%,d", number) + " " + (number == 1 ? one : many);
    }
}
