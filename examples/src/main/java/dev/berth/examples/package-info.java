/** How a program embeds the core. */
@NullMarked
package dev.berth.examples;

import org.jspecify.annotations.NullMarked;
