/** Replays of workloads against a cluster. */
@NullMarked
package dev.berth.planner.replay;

import org.jspecify.annotations.NullMarked;
