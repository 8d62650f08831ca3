package dev.berth.planner.io;

import dev.berth.placement.GangRequest;
import dev.berth.placement.Request;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tasks with equal needs. Each is placed on its own, unless they are gangs: then the tasks of each gang are placed together or
 * not at all. Immutable.
 *
 * @param name unique in the workload
 * @param count number of tasks, or of gangs; 1 to {@value #MAX_COUNT}
 * @param request what each task needs
 * @param nodes names of the nodes on which the tasks may stand; empty means all
 * @param gang what each gang needs, its task equal to {@code request} and without excluded nodes, which follow from {@code nodes};
 *     null for tasks that are placed on their own
 */
public record Job(
        String name,
        int count,
        Request request,
        List<String> nodes,
        @Nullable GangRequest gang) {
    /** Most tasks or gangs of one job. */
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
        if (gang != null && !gang.task().equals(request)) {
            throw new IllegalArgumentException("gang.task is " + gang.task() + ", allowed: " + request);
        }
        nodes = List.copyOf(nodes);
    }

    /** Tasks that are placed on their own. */
    public Job(String name, int count, Request request, List<String> nodes) {
        this(name, count, request, nodes, null);
    }

    /** Tasks that arrive together: those that a gang would like, or 1. */
    public int tasksTogether() {
        return gang == null ? 1 : gang.maxTasks();
    }

    /** Tasks of all gangs together, or of the job. */
    public long taskCount() {
        return (long) count * tasksTogether();
    }
}
