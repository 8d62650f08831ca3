package dev.berth.k8s.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Something that was decided or seen, for people who watch. Immutable.
 *
 * @param sequence one more than that of the decision before
 * @param millis when, in ms since 1970
 * @param kind {@code placed}, {@code refused}, {@code bound}, {@code freed}, {@code healed}, {@code repaired}, {@code leading}, {@code following}
 * @param pod {@code namespace/name}, or null when it is about no single pod
 * @param gang {@code namespace/name}, or null
 * @param nodeName the node, or null
 * @param gpus indices of GPUs
 * @param text one sentence
 */
public record Decision(
        long sequence,
        long millis,
        String kind,
        @Nullable String pod,
        @Nullable String gang,
        @Nullable String nodeName,
        List<Integer> gpus,
        String text) {
    /** Copies the list. */
    public Decision {
        gpus = List.copyOf(gpus);
    }
}
