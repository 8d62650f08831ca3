package dev.berth.k8s.objects;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A PodDisruptionBudget ({@code policy/v1}). Immutable.
 *
 * @param namespace its namespace, and that of its pods
 * @param name its name
 * @param selector all of these hold of the labels of its pods; where there is none, it has no pods, as kube-scheduler reads it
 * @param disruptionsAllowed how many more of its pods may be taken now
 * @param disrupted names of pods that were taken already and are still there; they do not count again
 */
public record BudgetObject(
        String namespace,
        String name,
        List<PodSpec.Expression> selector,
        int disruptionsAllowed,
        Set<String> disrupted) {
    /** Copies the collections. */
    public BudgetObject {
        selector = List.copyOf(selector);
        disrupted = Set.copyOf(disrupted);
    }

    /**
     * Reads the budget at the parser, which is left at its last token. Unknown fields are skipped, and a null is as good as an absent field.
     *
     * @param p at the start of the object
     * @throws BadObjectException naming the field that cannot be read
     * @throws IOException if the text cannot be got or is no JSON
     */
    public static BudgetObject read(JsonParser p) throws IOException {
        if (!Json.object(p)) {
            throw BadObjectException.at(p, "a PodDisruptionBudget");
        }
        Metadata metadata = new Metadata(key -> false);
        List<PodSpec.Expression> selector = List.of();
        int allowed = 0;
        Set<String> disrupted = new HashSet<>();
        String field;
        while ((field = Json.field(p)) != null) {
            boolean isSpec = field.equals("spec");
            if (field.equals("metadata")) {
                metadata.read(p);
            } else if ((isSpec || field.equals("status")) && Json.object(p)) {
                while ((field = Json.field(p)) != null) {
                    if (isSpec && field.equals("selector")) {
                        selector = AffinityJson.selector(p);
                    } else if (!isSpec && field.equals("disruptionsAllowed")) {
                        allowed = Json.number(p, Integer.MIN_VALUE, Integer.MAX_VALUE);
                    } else if (!isSpec && field.equals("disruptedPods")) {
                        readNames(p, disrupted);
                    } else {
                        p.skipChildren();
                    }
                }
            } else {
                p.skipChildren();
            }
        }
        return new BudgetObject(metadata.namespace, metadata.name, selector, allowed, disrupted);
    }

    private static void readNames(JsonParser p, Set<String> names) throws IOException {
        if (!Json.object(p)) {
            return;
        }
        String name;
        while ((name = Json.field(p)) != null) {
            names.add(name);
            p.skipChildren();
        }
    }

    /**
     * Reads one budget.
     *
     * @param json UTF-8
     * @throws BadObjectException if that is no JSON, or naming the field that cannot be read
     */
    public static BudgetObject parse(byte[] json) throws BadObjectException {
        return Json.parse(json, BudgetObject::read);
    }
}
