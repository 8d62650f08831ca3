/**
 * What two threads may see of one ledger, tried over and over on real cores. Run it with {@code java -jar
 * benchmarks/target/jcstress.jar -m quick -sc false -af NONE}: a minute or two.
 */
@NullMarked
package dev.berth.benchmarks.jcstress;

import org.jspecify.annotations.NullMarked;
