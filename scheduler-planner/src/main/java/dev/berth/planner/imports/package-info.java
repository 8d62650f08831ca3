/** {@code berth import}: turns what other tools say about a fabric and its machines into a cluster file. */
@NullMarked
package dev.berth.planner.imports;

import org.jspecify.annotations.NullMarked;
