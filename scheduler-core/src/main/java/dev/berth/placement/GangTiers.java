package dev.berth.placement;

import dev.berth.cluster.Topology;
import org.jspecify.annotations.Nullable;

/**
 * The tiers of a gang's request, as places on the ladder.
 *
 * @param preferred tier below which nothing is gained, 0 when there is none
 * @param highest tier of which one domain holds all tasks
 * @param spread {@link GangClass#NONE} when there is none
 * @param segment {@link GangClass#NONE} when there is none, {@link GangClass#ISLAND} for islands
 * @param oneIsland whether all tasks stay inside one island
 */
record GangTiers(int preferred, int highest, int spread, int segment, boolean oneIsland) {

    /**
     * Resolves the names.
     *
     * @throws IllegalArgumentException naming the field, its value and what is allowed
     */
    static GangTiers of(GangRequest request, Topology topology) {
        int top = topology.tiers().size() - 1;
        int required = tier("requiredTier", request.requiredTier(), topology, top);
        int preferred = tier("preferredTier", request.preferredTier(), topology, 0);
        int spread = tier("spreadTier", request.spreadTier(), topology, GangClass.NONE);
        int segment = tier("segmentTier", request.segmentTier(), topology, GangClass.NONE);
        if (request.preferredTier() != null && preferred > required) {
            throw new IllegalArgumentException("preferredTier is '" + request.preferredTier() + "', allowed: not above "
                    + "requiredTier '" + request.requiredTier() + "'");
        }
        if (spread >= 0 && segment > spread) {
            throw new IllegalArgumentException("segmentTier is '" + request.segmentTier() + "', allowed: not above "
                    + "spreadTier '" + request.spreadTier() + "'");
        }
        return new GangTiers(
                Math.max(0, preferred), Math.max(0, required), spread, segment, required == GangClass.ISLAND);
    }

    private static int tier(String field, @Nullable String name, Topology topology, int otherwise) {
        if (name == null) {
            return otherwise;
        }
        int tier = GangRequest.ISLAND.equals(name) ? GangClass.ISLAND : topology.tier(name);
        if (tier < 0 && !GangRequest.ISLAND.equals(name)) {
            throw new IllegalArgumentException(
                    field + " is '" + name + "', allowed: island or one of " + topology.tiers());
        }
        return tier;
    }
}
