/** Packs a workload on a cluster and says how it went: placements, what is left, and why tasks were refused. */
@NullMarked
package dev.berth.planner.pack;

import org.jspecify.annotations.NullMarked;
