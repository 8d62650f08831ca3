package dev.berth.k8s.pods;

import org.jspecify.annotations.Nullable;

/** One system's way of saying which gang a pod belongs to. Stateless. */
interface GangConvention {
    /** The gang by this convention; {@link FoundGang#ALONE} if it says that the pod is in none; null if it says nothing. */
    @Nullable
    FoundGang find(Words words, GroupLookup groups);
}
