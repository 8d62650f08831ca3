package dev.berth.placement;

import dev.berth.cluster.PowerBasis;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Why a gang does not fit now. Immutable.
 *
 * @param request what was asked
 * @param tasksThatFit most of its tasks that would fit now with all else as asked, less than its least number; for a refusal to grow
 *     or to replace, most further ones
 * @param rooms for each tier, the domain with most room for its tasks, whatever else is asked; the lowest tier first
 * @param power racks whose power caps are what stopped it: with these caps raised, and all else as it is, it would have been placed;
 *     empty when caps are not, or not alone, in the way
 * @param relaxations changes of one thing each that would have placed it, those that give up least first; may be empty
 * @param task why not even one task fits anywhere, null when one does
 */
public record GangRefusal(
        GangRequest request,
        int tasksThatFit,
        List<Room> rooms,
        List<Power> power,
        List<Relaxation> relaxations,
        @Nullable Refusal task)
        implements GangAnswer {
    /** In place of a field of the request in a {@link Relaxation}: the power cap of racks. */
    public static final String POWER_CAP = "powerCapW";

    /** Copies the lists. */
    public GangRefusal {
        rooms = List.copyOf(rooms);
        power = List.copyOf(power);
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
     * What a rack with a power cap lacks. All in watts, as the cluster counts them ({@link PowerBasis}).
     *
     * @param rack name of the rack
     * @param capW its cap
     * @param basis what a node is counted with
     * @param drawnW what its nodes draw now
     * @param neededW what they would draw with the gang, as little as that can be; of more than eight racks, what they would draw if none had a cap
     */
    public record Power(String rack, int capW, PowerBasis basis, long drawnW, long neededW) {}

    /**
     * A change that would have placed the gang.
     *
     * @param field the component of {@link GangRequest} that changes, or {@value #POWER_CAP} for the cap of a rack, or of several
     * @param from what was asked
     * @param to what would have been given
     */
    public record Relaxation(String field, String from, String to) {}

    /** The relaxation that gives up least, or null when no single one would do. */
    public @Nullable Relaxation relaxation() {
        return relaxations.isEmpty() ? null : relaxations.get(0);
    }
}
