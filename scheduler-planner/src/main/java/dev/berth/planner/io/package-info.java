/** Readers of cluster and job files. */
@NullMarked
package dev.berth.planner.io;

import org.jspecify.annotations.NullMarked;
