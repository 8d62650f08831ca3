package dev.berth.k8s.pods;

import org.jspecify.annotations.Nullable;

/**
 * What one convention says of one pod.
 *
 * @param gang its gang, or null
 * @param rank its rank in it, -1 when not said
 */
record GangReading(@Nullable GangNeed gang, int rank) {
    static final GangReading NONE = new GangReading(null, -1);
}
