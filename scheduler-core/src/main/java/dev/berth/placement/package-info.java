/** Where a job should stand: requests, policies, plans, refusals. */
@NullMarked
package dev.berth.placement;

import org.jspecify.annotations.NullMarked;
