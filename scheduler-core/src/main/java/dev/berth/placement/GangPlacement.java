package dev.berth.placement;

import java.util.List;

/**
 * A gang that holds what it asked for, all of it. Immutable.
 *
 * @param request what was asked
 * @param members the tasks by rank; neighbours in rank are neighbours in the fabric. Each has a claim of its own
 * @param tier name of the lowest tier with a domain that holds all members
 * @param neededTier name of the lowest tier with a domain that could hold as many if the cluster were empty
 * @param extraTiers tiers by which the first stands above the second, 0 when it could not be better; after growing or
 *     replacing, tiers by which the gang stands above where it stood before
 */
public record GangPlacement(
        GangRequest request, List<Placement> members, String tier, String neededTier, int extraTiers)
        implements GangAnswer {
    /** Copies the list. */
    public GangPlacement {
        members = List.copyOf(members);
    }
}
