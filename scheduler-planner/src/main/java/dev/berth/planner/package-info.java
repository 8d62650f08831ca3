/** What every part of the planner may use: the one exception for what the user handed in. Knows no other package of the planner. */
@NullMarked
package dev.berth.planner;

import org.jspecify.annotations.NullMarked;
