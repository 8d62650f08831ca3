/** Who holds which GPU: lock-free, the only mutable truth. */
@NullMarked
package dev.berth.ledger;

import org.jspecify.annotations.NullMarked;
