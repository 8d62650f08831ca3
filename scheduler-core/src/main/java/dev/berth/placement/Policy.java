package dev.berth.placement;

/**
 * Where a task should stand among the nodes on which it fits. A policy is a small immutable description; what it learns and
 * caches lives in the {@link NodeScorer} that it makes for each planner. Thread-safe.
 */
public interface Policy {
    /** Name by which users choose it, lower case with hyphens. */
    String name();

    /** A scorer for one planner. */
    NodeScorer scorer(View view);
}
