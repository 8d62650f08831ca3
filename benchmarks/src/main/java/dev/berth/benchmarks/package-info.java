/** JMH benchmarks and jcstress tests of the core. */
@NullMarked
package dev.berth.benchmarks;

import org.jspecify.annotations.NullMarked;
