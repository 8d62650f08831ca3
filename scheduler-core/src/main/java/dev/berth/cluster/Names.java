package dev.berth.cluster;

import com.carrotsearch.hppc.ObjectIntHashMap;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Gives ids to names in order of appearance. */
final class Names {
    private final ObjectIntHashMap<String> ids = new ObjectIntHashMap<>();
    private String[] list = new String[8];

    /** Id of a name, which gets the next one when it is new; -1 for null. */
    int idOf(@Nullable String name) {
        if (name == null) {
            return -1;
        }
        int next = ids.size();
        int id = ids.getOrDefault(name, next);
        if (id == next) {
            ids.put(name, next);
            if (next == list.length) {
                list = Arrays.copyOf(list, next * 2);
            }
            list[next] = name;
        }
        return id;
    }

    /** Id of a name, or -1 when it has none. */
    int find(String name) {
        return ids.getOrDefault(name, -1);
    }

    int size() {
        return ids.size();
    }

    List<String> list() {
        return List.of(Arrays.copyOf(list, ids.size()));
    }
}
