/** The facade that an embedder holds. */
@NullMarked
package dev.berth;

import org.jspecify.annotations.NullMarked;
