package dev.berth.placement;

/** What came of asking for a place. */
public sealed interface Answer permits Proposal, Placement, Refusal, LostRace {}
