package dev.berth.planner.replay;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a replay found.
 *
 * @param title what was replayed
 * @param seeds the seeds
 * @param saturation figures of the saturating experiment, or null when only the steady state was asked for
 * @param churn figures of the steady state; with a saturation, those that stand beside it (empty when left out)
 * @param churnSeeds the seeds of the steady state
 */
record ReplayResult(
        String title, Seeds seeds, @Nullable Saturation saturation, List<Churn.Row> churn, Seeds churnSeeds) {}
