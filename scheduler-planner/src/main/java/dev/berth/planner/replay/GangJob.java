package dev.berth.planner.replay;

import dev.berth.placement.Request;

/**
 * A kind of job in a gang replay: like tasks of whole GPUs of one model that start together.
 *
 * @param tasks number of tasks, 1 or more
 * @param taskGpus GPUs of each task
 * @param model the GPU model
 * @param request what each task asks for
 * @param demandShare share of the GPU demand of all jobs that is in jobs of this kind
 */
record GangJob(int tasks, int taskGpus, String model, Request request, double demandShare) {
    /** GPUs of the job. */
    int gpus() {
        return tasks * taskGpus;
    }

    /** Whether it has more than one task, so that it can stand too far apart. */
    boolean isGang() {
        return tasks > 1;
    }
}
