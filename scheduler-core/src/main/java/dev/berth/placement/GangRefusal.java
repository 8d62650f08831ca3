package dev.berth.placement;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Why a gang does not fit now. Immutable.
 *
 * @param request what was asked
 * @param tasksThatFit most of its tasks that would fit now with all else as asked, less than its least number; for a refusal to grow
 *     or to replace, most further ones
 * @param rooms for each tier, the domain with most room for its tasks, whatever else is asked; the lowest tier first
 * @param relaxations changes of one thing each that would have placed it, those that give up least first; may be empty
 * @param task why not even one task fits anywhere, null when one does
 */
public record GangRefusal(
        GangRequest request,
        int tasksThatFit,
        List<Room> rooms,
        List<Relaxation> relaxations,
        @Nullable Refusal task) implements GangAnswer {
    /** Copies the lists. */
    public GangRefusal {
        rooms = List.copyOf(rooms);
        relaxations = List.copyOf(relaxations);
    }

    /**
     * What one domain has room for.
     *
     * @param tier name of the tier
     * @param domain name of its domain with most room
     * @param tasks how many tasks fit there
     */
    public record Room(String tier, String domain, int tasks) {}

    /**
     * A change that would have placed the gang.
     *
     * @param field the component of {@link GangRequest} that changes
     * @param from what was asked
     * @param to what would have been given
     */
    public record Relaxation(String field, String from, String to) {}

    /** The relaxation that gives up least, or null when no single one would do. */
    public @Nullable Relaxation relaxation() {
        return relaxations.isEmpty() ? null : relaxations.get(0);
    }
}
