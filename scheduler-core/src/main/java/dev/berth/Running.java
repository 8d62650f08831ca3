package dev.berth;

import dev.berth.placement.Request;
import java.util.List;

/**
 * A task that the outside world already runs, for {@link Scheduler#adopt}.
 *
 * @param request what it was given
 * @param nodeName where it runs
 * @param gpus indices of its GPUs; empty when they are not known
 */
public record Running(Request request, String nodeName, List<Integer> gpus) {
    /** Copies the list. */
    public Running {
        gpus = List.copyOf(gpus);
    }
}
