package dev.berth.k8s.cli;

import dev.berth.k8s.page.Status;
import org.jspecify.annotations.Nullable;

/**
 * How Berth stands. Immutable.
 *
 * @param leader who leads
 * @param status what it answered, or null
 * @param silent why it did not answer, or null
 * @param gated how many pods its gate holds, where it did not answer; null when that is not known
 * @param nowMillis when this was asked, in ms since 1970
 */
record Standing(
        LeaseView leader,
        @Nullable Status status,
        @Nullable String silent,
        @Nullable Integer gated,
        long nowMillis) {}
