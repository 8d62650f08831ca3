package dev.berth.placement;

/**
 * Why a gang does not fit now. Immutable.
 *
 * @param request what was asked
 */
public record GangRefusal(GangRequest request) {}
