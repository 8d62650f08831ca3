/**
 * What two or three threads may see of one ledger, tried many million times on real cores. Run it with {@code java -jar
 * benchmarks/target/jcstress.jar -m quick}.
 */
@NullMarked
package dev.berth.benchmarks.jcstress;

import org.jspecify.annotations.NullMarked;
