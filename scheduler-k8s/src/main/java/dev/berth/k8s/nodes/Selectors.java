package dev.berth.k8s.nodes;

import dev.berth.k8s.objects.NodeObject;
import dev.berth.k8s.objects.PodSpec.Expression;
import dev.berth.k8s.objects.PodSpec.NodeTerm;
import dev.berth.k8s.objects.PodSpec.Toleration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Selectors as kube-scheduler reads them. An expression that the API server would not have taken (an unknown operator, a comparison with
 * anything but one whole number) matches nothing.
 *
 * <p>Sources: kubernetes.io/docs, "Assigning Pods to Nodes" (operators; a term without expressions matches nothing; terms are joined by or,
 * expressions by and) and "Taints and Tolerations".
 */
final class Selectors {
    private static final String NAME_FIELD = "metadata.name";

    private Selectors() {}

    /** Whether all expressions hold of labels. */
    static boolean all(List<Expression> expressions, Map<String, String> labels) {
        for (Expression expression : expressions) {
            if (!matches(expression, labels.get(expression.key()))) {
                return false;
            }
        }
        return true;
    }

    /** Whether one of the terms holds of a node. */
    static boolean any(List<NodeTerm> terms, NodeObject node) {
        for (NodeTerm term : terms) {
            if (matches(term, node)) {
                return true;
            }
        }
        return false;
    }

    private static boolean matches(NodeTerm term, NodeObject node) {
        if (term.labels().isEmpty() && term.fields().isEmpty()) {
            return false;
        }
        return all(term.labels(), node.labels()) && fields(term.fields(), node.name());
    }

    private static boolean fields(List<Expression> fields, String nodeName) {
        for (Expression field : fields) {
            // The API server takes one value; so does kube-scheduler.
            if (!field.key().equals(NAME_FIELD) || field.values().size() != 1) {
                return false;
            }
            boolean same = field.values().get(0).equals(nodeName);
            boolean holds = switch (field.operator()) {
                case "In" -> same;
                case "NotIn" -> !same;
                default -> false;
            };
            if (!holds) {
                return false;
            }
        }
        return true;
    }

    /**
     * Whether an expression holds of a value.
     *
     * @param value null when the label is not there
     */
    static boolean matches(Expression expression, @Nullable String value) {
        List<String> values = expression.values();
        return switch (expression.operator()) {
            case "In" -> value != null && values.contains(value);
            case "NotIn" -> !values.isEmpty() && (value == null || !values.contains(value));
            case "Exists" -> value != null;
            case "DoesNotExist" -> value == null;
            case "Gt", "Lt" -> compares(expression, value);
            default -> false;
        };
    }

    private static boolean compares(Expression expression, @Nullable String value) {
        if (value == null || expression.values().size() != 1) {
            return false;
        }
        Long has = number(value);
        Long bound = number(expression.values().get(0));
        if (has == null || bound == null) {
            return false;
        }
        return expression.operator().equals("Gt") ? has > bound : has < bound;
    }

    /** As Go's {@code strconv.ParseInt(text, 10, 64)} reads it: ASCII digits, with a sign or without. */
    private static @Nullable Long number(String text) {
        int from = text.startsWith("-") || text.startsWith("+") ? 1 : 0;
        if (from == text.length()) {
            return null;
        }
        for (int i = from; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return null;
            }
        }
        try {
            return Long.valueOf(text);
        } catch (NumberFormatException tooLarge) {
            return null;
        }
    }

    /** Whether one of the tolerations bears a taint. */
    static boolean tolerated(NodeObject.Taint taint, List<Toleration> tolerations) {
        for (Toleration toleration : tolerations) {
            if (tolerates(toleration, taint)) {
                return true;
            }
        }
        return false;
    }

    private static boolean tolerates(Toleration toleration, NodeObject.Taint taint) {
        if (!toleration.effect().isEmpty() && !toleration.effect().equals(taint.effect())) {
            return false;
        }
        if (!toleration.key().isEmpty() && !toleration.key().equals(taint.key())) {
            return false;
        }
        return switch (toleration.operator()) {
            case "", "Equal" -> toleration.value().equals(taint.value());
            case "Exists" -> true;
            default -> false;
        };
    }
}
