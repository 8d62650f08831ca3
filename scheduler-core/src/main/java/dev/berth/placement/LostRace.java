package dev.berth.placement;

/**
 * The node of a proposal has changed since it was made, so that nothing was claimed: plan again.
 *
 * @param proposal what could not be committed
 */
public record LostRace(Proposal proposal) implements Answer {}
