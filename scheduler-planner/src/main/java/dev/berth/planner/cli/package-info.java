/** The {@code berth} command and what its subcommands share. */
@NullMarked
package dev.berth.planner.cli;

import org.jspecify.annotations.NullMarked;
