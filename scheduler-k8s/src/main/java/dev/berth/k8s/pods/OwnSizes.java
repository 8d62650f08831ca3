package dev.berth.k8s.pods;

import dev.berth.k8s.objects.PodAnnotations;
import dev.berth.placement.GangRequest;

/**
 * Numbers of a gang as {@code berth.dev/} annotations say them, each 0 where they do not.
 *
 * @param total how many pods there will be
 * @param min how many start together
 * @param timeoutSeconds how long it may hold GPUs without being bound whole
 */
record OwnSizes(int total, int min, int timeoutSeconds) {
    static final String SIZE = PodAnnotations.BERTH + "gang-size";
    static final String MIN = PodAnnotations.BERTH + "gang-min";
    private static final String TIMEOUT = PodAnnotations.BERTH + "gang-timeout-seconds";
    /** A day. */
    private static final int MAX_TIMEOUT_SECONDS = 86_400;

    static OwnSizes read(Words words) {
        return new OwnSizes(
                words.number(SIZE, 1, GangRequest.MAX_TASKS, 0),
                words.number(MIN, 1, GangRequest.MAX_TASKS, 0),
                words.number(TIMEOUT, 1, MAX_TIMEOUT_SECONDS, 0));
    }

    /** Whether the pod says any size. */
    static boolean isSaid(Words words) {
        return words.annotation(SIZE) != null || words.annotation(MIN) != null;
    }
}
