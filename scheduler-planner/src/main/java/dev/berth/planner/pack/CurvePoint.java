package dev.berth.planner.pack;

/**
 * How much was allocated when so much had arrived; both in percent of the GPUs on READY nodes.
 *
 * @param arrivedPercent GPU demand of the tasks that had arrived; above 100 when more is asked for than there is
 * @param allocatedPercent what of it was placed
 */
public record CurvePoint(double arrivedPercent, double allocatedPercent) {}
