/** The machines as they stand: immutable, dense ids, primitive arrays. */
@NullMarked
package dev.berth.cluster;

import org.jspecify.annotations.NullMarked;
