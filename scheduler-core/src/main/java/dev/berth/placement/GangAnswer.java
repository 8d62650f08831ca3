package dev.berth.placement;

/** What came of asking for places for a gang. */
public sealed interface GangAnswer permits GangPlacement, GangRefusal {}
