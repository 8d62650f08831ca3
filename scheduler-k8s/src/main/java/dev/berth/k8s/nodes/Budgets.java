package dev.berth.k8s.nodes;

import dev.berth.k8s.objects.BudgetObject;
import dev.berth.k8s.objects.PodObject;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which pods may not be taken by the disruption budgets that there are, by the rules of kube-scheduler's preemption (k8s.io/kubernetes v1.36, {@code
 * filterPodsWithPDBViolation}). Thread-safe: budgets change with their pods' states, and nothing is planned anew for that.
 */
public final class Budgets {
    private final Map<String, BudgetObject> budgets = new ConcurrentHashMap<>();

    /** A budget is there, or has changed. */
    public void seen(BudgetObject budget) {
        budgets.put(budget.namespace() + "/" + budget.name(), budget);
    }

    /** A budget is gone. */
    public void gone(String namespace, String name) {
        budgets.remove(namespace + "/" + name);
    }

    /**
     * How many of some pods would be taken in spite of a budget, when others are taken before them. O(budgets x pods).
     *
     * @param before pods that are taken in any case
     * @param pods those that are counted
     */
    public int violations(Collection<PodObject> before, Collection<PodObject> pods) {
        List<BudgetObject> all = List.copyOf(budgets.values());
        if (all.isEmpty() || pods.isEmpty()) {
            return 0;
        }
        List<PodObject> inOrder = new ArrayList<>(before);
        inOrder.addAll(pods);
        int[] taken = new int[all.size()];
        int violations = 0;
        for (int i = 0; i < inOrder.size(); i++) {
            boolean isViolated = false;
            for (int b = 0; b < taken.length; b++) {
                if (isOf(all.get(b), inOrder.get(i))) {
                    isViolated |= ++taken[b] > all.get(b).disruptionsAllowed();
                }
            }
            violations += isViolated && i >= before.size() ? 1 : 0;
        }
        return violations;
    }

    private static boolean isOf(BudgetObject budget, PodObject pod) {
        return budget.namespace().equals(pod.namespace())
                && !budget.selector().isEmpty()
                && !pod.labels().isEmpty()
                && !budget.disrupted().contains(pod.name())
                && Selectors.all(budget.selector(), pod.labels());
    }
}
