package dev.berth.k8s.objects;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a pod demands of its node's labels and of pods near it, as far as the scheduler refuses nodes for it: required node
 * affinity, required pod affinity and anti-affinity, and topology spread with {@code DoNotSchedule}. Preferences are skipped.
 *
 * <p>Two simplifications. A namespace selector is taken to mean all namespaces, because labels of namespaces are not read: it is
 * exactly that when it is empty, and demands too much or (affinity) too little otherwise; the scheduler has the last word. And {@code
 * matchLabelKeys} and {@code mismatchLabelKeys} are merged into the selector, as the API server does (KEP-3633, KEP-3243), unless it
 * already has. Not thread-safe.
 */
final class AffinityJson {
    private static final String REQUIRED = NodePin.FIELD;
    /** What an absent selector means: no pod at all. */
    private static final PodSpec.Expression NEVER = new PodSpec.Expression("", "In", List.of());

    private List<PodSpec.NodeTerm> nodeTerms = List.of();
    private final List<Term> near = new ArrayList<>(0);
    private final List<Term> spread = new ArrayList<>(0);

    /** A term before the pod's own labels are known. */
    private record Term(PodSpec.PodTerm term, List<String> sameLabels, List<String> otherLabels) {}

    void read(JsonParser p) throws IOException {
        if (!Json.object(p)) {
            return;
        }
        String field;
        while ((field = Json.field(p)) != null) {
            switch (field) {
                case "nodeAffinity" -> readNodeAffinity(p);
                case "podAffinity" -> readPodAffinity(p, PodSpec.PodTerm.Kind.AFFINITY);
                case "podAntiAffinity" -> readPodAffinity(p, PodSpec.PodTerm.Kind.ANTI_AFFINITY);
                default -> p.skipChildren();
            }
        }
    }

    List<PodSpec.NodeTerm> nodeTerms() {
        return nodeTerms;
    }

    /** @param labels of the pod */
    List<PodSpec.PodTerm> podTerms(Map<String, String> labels) {
        if (near.isEmpty() && spread.isEmpty()) {
            return List.of();
        }
        List<PodSpec.PodTerm> terms = new ArrayList<>(near.size() + spread.size());
        for (List<Term> list : List.of(near, spread)) {
            for (Term term : list) {
                terms.add(merged(term, labels));
            }
        }
        return Json.INTERNER.list(terms);
    }

    private static PodSpec.PodTerm merged(Term raw, Map<String, String> labels) {
        PodSpec.PodTerm term = raw.term;
        if (raw.sameLabels.isEmpty() && raw.otherLabels.isEmpty()) {
            return term;
        }
        List<PodSpec.Expression> selector = new ArrayList<>(term.selector());
        addMerged(selector, "In", raw.sameLabels, labels);
        addMerged(selector, "NotIn", raw.otherLabels, labels);
        return new PodSpec.PodTerm(
                term.kind(), term.topologyKey(), selector, term.namespaces(), term.allNamespaces(), term.maxSkew());
    }

    private static void addMerged(
            List<PodSpec.Expression> selector, String operator, List<String> keys, Map<String, String> labels) {
        for (String key : keys) {
            String value = labels.get(key);
            if (value == null) {
                continue;
            }
            PodSpec.Expression expression = new PodSpec.Expression(key, operator, List.of(value));
            if (!selector.contains(expression)) {
                selector.add(expression);
            }
        }
    }

    private void readNodeAffinity(JsonParser p) throws IOException {
        if (!Json.object(p)) {
            return;
        }
        String field;
        while ((field = Json.field(p)) != null) {
            if (field.equals(REQUIRED) && Json.object(p)) {
                while ((field = Json.field(p)) != null) {
                    if (field.equals("nodeSelectorTerms")) {
                        nodeTerms = nodeTerms(p);
                    } else {
                        p.skipChildren();
                    }
                }
            } else {
                p.skipChildren();
            }
        }
    }

    static List<PodSpec.NodeTerm> nodeTerms(JsonParser p) throws IOException {
        if (!Json.array(p)) {
            return List.of();
        }
        List<PodSpec.NodeTerm> terms = new ArrayList<>(1);
        while (Json.element(p)) {
            List<PodSpec.Expression> labels = new ArrayList<>(2);
            List<PodSpec.Expression> fields = new ArrayList<>(1);
            if (!Json.object(p)) {
                continue;
            }
            String field;
            while ((field = Json.field(p)) != null) {
                switch (field) {
                    case "matchExpressions" -> readExpressions(p, labels);
                    case "matchFields" -> readExpressions(p, fields);
                    default -> p.skipChildren();
                }
            }
            terms.add(new PodSpec.NodeTerm(labels, fields));
        }
        return Json.INTERNER.list(terms);
    }

    private static void readExpressions(JsonParser p, List<PodSpec.Expression> into) throws IOException {
        if (!Json.array(p)) {
            return;
        }
        while (Json.element(p)) {
            if (!Json.object(p)) {
                continue;
            }
            String key = "";
            String operator = "";
            List<String> values = List.of();
            String field;
            while ((field = Json.field(p)) != null) {
                switch (field) {
                    case "key" -> key = Json.text(p);
                    case "operator" -> operator = Json.text(p);
                    case "values" -> values = Json.texts(p);
                    default -> p.skipChildren();
                }
            }
            into.add(Json.INTERNER.value(new PodSpec.Expression(key, operator, values)));
        }
    }

    private void readPodAffinity(JsonParser p, PodSpec.PodTerm.Kind kind) throws IOException {
        if (!Json.object(p)) {
            return;
        }
        String field;
        while ((field = Json.field(p)) != null) {
            if (field.equals(REQUIRED) && Json.array(p)) {
                while (Json.element(p)) {
                    if (Json.object(p)) {
                        near.add(podTerm(p, kind));
                    }
                }
            } else {
                p.skipChildren();
            }
        }
    }

    private static Term podTerm(JsonParser p, PodSpec.PodTerm.Kind kind) throws IOException {
        String topologyKey = "";
        List<PodSpec.Expression> selector = List.of(NEVER);
        List<String> namespaces = List.of();
        boolean allNamespaces = false;
        List<String> same = List.of();
        List<String> other = List.of();
        String field;
        while ((field = Json.field(p)) != null) {
            switch (field) {
                case "topologyKey" -> topologyKey = Json.text(p);
                case "labelSelector" -> selector = selector(p);
                case "namespaces" -> namespaces = Json.texts(p);
                case "namespaceSelector" -> {
                    allNamespaces = Json.object(p);
                    p.skipChildren();
                }
                case "matchLabelKeys" -> same = Json.texts(p);
                case "mismatchLabelKeys" -> other = Json.texts(p);
                default -> p.skipChildren();
            }
        }
        return new Term(new PodSpec.PodTerm(kind, topologyKey, selector, namespaces, allNamespaces, 0), same, other);
    }

    void readSpread(JsonParser p) throws IOException {
        spread.clear();
        if (!Json.array(p)) {
            return;
        }
        while (Json.element(p)) {
            if (Json.object(p)) {
                Term term = spreadTerm(p);
                if (term != null) {
                    spread.add(term);
                }
            }
        }
    }

    private static @Nullable Term spreadTerm(JsonParser p) throws IOException {
        int maxSkew = 1;
        String topologyKey = "";
        boolean mayBeViolated = false;
        List<PodSpec.Expression> selector = List.of(NEVER);
        List<String> same = List.of();
        String field;
        while ((field = Json.field(p)) != null) {
            switch (field) {
                case "maxSkew" -> maxSkew = Json.number(p, 0, Integer.MAX_VALUE);
                case "topologyKey" -> topologyKey = Json.text(p);
                case "whenUnsatisfiable" -> mayBeViolated = Json.text(p).equals("ScheduleAnyway");
                case "labelSelector" -> selector = selector(p);
                case "matchLabelKeys" -> same = Json.texts(p);
                default -> p.skipChildren();
            }
        }
        if (mayBeViolated) {
            return null;
        }
        PodSpec.PodTerm.Kind kind = PodSpec.PodTerm.Kind.SPREAD;
        return new Term(
                new PodSpec.PodTerm(kind, topologyKey, selector, List.of(), false, Math.max(1, maxSkew)),
                same,
                List.of());
    }

    static List<PodSpec.Expression> selector(JsonParser p) throws IOException {
        if (!Json.object(p)) {
            return List.of(NEVER);
        }
        Map<String, String> labels = Map.of();
        List<PodSpec.Expression> further = new ArrayList<>(0);
        String field;
        while ((field = Json.field(p)) != null) {
            switch (field) {
                case "matchLabels" -> labels = new Pairs().read(p, key -> true);
                case "matchExpressions" -> readExpressions(p, further);
                default -> p.skipChildren();
            }
        }
        List<PodSpec.Expression> expressions = new ArrayList<>(labels.size() + further.size());
        for (Map.Entry<String, String> label : labels.entrySet()) {
            expressions.add(
                    Json.INTERNER.value(new PodSpec.Expression(label.getKey(), "In", List.of(label.getValue()))));
        }
        // Maps have no order, and terms that say the same are to be equal.
        expressions.sort(Comparator.comparing(PodSpec.Expression::key));
        expressions.addAll(further);
        return Json.INTERNER.list(expressions);
    }
}
