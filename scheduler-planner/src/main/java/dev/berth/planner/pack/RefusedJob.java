package dev.berth.planner.pack;

import dev.berth.placement.Refusal;

/**
 * The tasks of one job that fitted nowhere.
 *
 * @param job position of the job in the workload
 * @param tasks how many were refused
 * @param first why the first of them was, at the moment when it was
 */
public record RefusedJob(int job, int tasks, Refusal first) {}
