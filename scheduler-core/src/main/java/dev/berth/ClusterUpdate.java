package dev.berth;

import dev.berth.placement.Placement;
import java.util.List;

/**
 * What came of {@link Scheduler#update}.
 *
 * @param orphans placements whose nodes are gone; they hold nothing any more
 * @param overcommitted names of the nodes whose claims exceed what they now have
 */
public record ClusterUpdate(List<Placement> orphans, List<String> overcommitted) {
    /** Copies the lists. */
    public ClusterUpdate {
        orphans = List.copyOf(orphans);
        overcommitted = List.copyOf(overcommitted);
    }
}
