package dev.berth.placement;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A gang that holds what it asked for, all of it. Immutable.
 *
 * @param request what was asked
 * @param members the tasks by rank; neighbours in rank are neighbours in the fabric. Each has a claim of its own
 * @param tier name of the lowest tier with a domain that holds all members
 * @param neededTier name of the lowest tier with a domain that could hold as many if the cluster were empty
 * @param extraTiers tiers by which the first stands above the second, 0 when it could not be better; after growing or
 *     replacing, tiers by which the gang stands above where it stood before
 * @param oversubscription what the members can ask for over what the network between them carries when all send at once, as
 *     {@link GangPlan#oversubscription()} says: 1 for the whole line rate, 0 when unknown
 * @param before where it stood before it grew or a member was replaced, null when it has been placed as a whole
 */
public record GangPlacement(
        GangRequest request,
        List<Placement> members,
        String tier,
        String neededTier,
        int extraTiers,
        double oversubscription,
        @Nullable Before before)
        implements GangAnswer {
    /**
     * Where a gang stood, to tell what growing or a loss has cost.
     *
     * @param tier name of the lowest tier with a domain that held it, of a gang with a lost member as it was before the loss
     * @param oversubscription as {@link GangPlacement#oversubscription}
     */
    public record Before(String tier, double oversubscription) {}

    /** Copies the list. */
    public GangPlacement {
        members = List.copyOf(members);
    }
}
