package dev.berth.k8s.engine;

import java.util.List;
import java.util.Map;

/**
 * Where a pod may stand now, for the extender's filter. Immutable.
 *
 * @param error not empty when the question could not be answered; the attempt fails then
 * @param nodeNames nodes that will do: the one of the plan
 * @param refused why not, by node, when no node will do; preemption as kube-scheduler knows it would not help there
 */
public record FilterAnswer(String error, List<String> nodeNames, Map<String, String> refused) {
    /** Copies the collections. */
    public FilterAnswer {
        nodeNames = List.copyOf(nodeNames);
        refused = Map.copyOf(refused);
    }

    /** The one node. */
    public static FilterAnswer one(String nodeName) {
        return new FilterAnswer("", List.of(nodeName), Map.of());
    }

    /** The question could not be answered. */
    public static FilterAnswer error(String message) {
        return new FilterAnswer(message, List.of(), Map.of());
    }
}
