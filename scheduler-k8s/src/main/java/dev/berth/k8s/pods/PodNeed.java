package dev.berth.k8s.pods;

import dev.berth.placement.Request;
import org.jspecify.annotations.Nullable;

/**
 * What a pod needs, in Berth's words. A value.
 *
 * @param request what it asks of a node; CPU and memory only when it wants no GPU
 * @param wantsGpu whether Berth decides where it stands
 * @param gang its gang, or null when it stands alone
 * @param rank its rank in the gang as it says itself, -1 when it does not
 * @param problem what is wrong with what it asks, naming the field, its value and what is allowed; null when nothing is. The request is then what could
 *     be read, for accounting, and the pod is not placed
 */
public record PodNeed(
        Request request,
        boolean wantsGpu,
        @Nullable GangNeed gang,
        int rank,
        @Nullable String problem) {}
