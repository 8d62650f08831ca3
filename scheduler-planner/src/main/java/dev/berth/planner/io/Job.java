package dev.berth.planner.io;

import dev.berth.placement.Request;
import java.util.List;

/**
 * Tasks with equal needs. Each is placed on its own. Immutable.
 *
 * @param name unique in the workload
 * @param count number of tasks, 1 to {@value #MAX_COUNT}
 * @param request what each task needs
 * @param nodes names of the nodes on which the tasks may stand; empty means all
 */
public record Job(String name, int count, Request request, List<String> nodes) {
    /** Most tasks of one job. */
    public static final int MAX_COUNT = 1_000_000;

    /**
     * Checks every field.
     *
     * @throws IllegalArgumentException naming the field, its value and what is allowed
     */
    public Job {
        if (name.isBlank()) {
            throw new IllegalArgumentException("name is '" + name + "', allowed: text that is not blank");
        }
        if (count < 1 || count > MAX_COUNT) {
            throw new IllegalArgumentException("count is " + count + ", allowed: 1 to " + MAX_COUNT);
        }
        nodes = List.copyOf(nodes);
    }
}
