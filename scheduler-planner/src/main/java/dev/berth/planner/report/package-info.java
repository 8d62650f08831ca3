/** What a run prints and the pages it writes. */
@NullMarked
package dev.berth.planner.report;

import org.jspecify.annotations.NullMarked;
