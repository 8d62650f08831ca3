package dev.berth.planner.pack;

import dev.berth.placement.GangRefusal;

/**
 * The gangs of one job that were refused.
 *
 * @param job position of the job in the workload
 * @param gangs how many were refused
 * @param first why the first of them was, at the moment when it was
 */
public record RefusedGangs(int job, int gangs, GangRefusal first) {}
