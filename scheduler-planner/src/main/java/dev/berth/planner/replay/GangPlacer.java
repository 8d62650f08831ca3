package dev.berth.planner.replay;

import org.jspecify.annotations.Nullable;

/** Places the jobs of a gang replay, all tasks of a job or none. For one thread and one ledger. */
interface GangPlacer {
    /**
     * Places a job that has just arrived.
     *
     * @return handles of the claims, one for each task; null when it is refused, and then nothing is held
     */
    long @Nullable [] place(GangJob job);

    /**
     * Tells that a job has left.
     *
     * @param claims what {@link #place} answered; they are released already
     */
    void left(long[] claims);
}
