package dev.berth.k8s.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.k8s.objects.BadObjectException;
import dev.berth.k8s.objects.BudgetObject;
import dev.berth.k8s.objects.PodObject;
import dev.berth.k8s.objects.PodSpec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.Test;

/** Disruption budgets as they are read, and what they say against counting each budget's pods anew. */
class BudgetsTest {
    private static PodObject pod(String namespace, String name, Map<String, String> labels) {
        Samples.Pod pod = Samples.pod(name).in(namespace).on("node");
        labels.forEach(pod::label);
        return pod.pod();
    }

    private static BudgetObject parse(String json) throws BadObjectException {
        return BudgetObject.parse(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void whatTheApiServerSays() throws BadObjectException {
        BudgetObject budget = parse(
                "{'metadata':{'namespace':'ml','name':'train','labels':{'a':'b'}},"
                        + "'spec':{'minAvailable':1,'selector':{'matchLabels':{'app':'train'},"
                        + "'matchExpressions':[{'key':'tier','operator':'NotIn','values':['x']}]}},"
                        + "'status':{'disruptionsAllowed':2,'disruptedPods':{'train-3':'2026-11-21T23:33:59Z'},'currentHealthy':3}}");
        assertThat(budget)
                .isEqualTo(new BudgetObject(
                        "ml",
                        "train",
                        List.of(
                                new PodSpec.Expression("app", "In", List.of("train")),
                                new PodSpec.Expression("tier", "NotIn", List.of("x"))),
                        2,
                        Set.of("train-3")));
        assertThat(parse("{'metadata':{'namespace':'a','name':'b'},'spec':{'selector':{}},'status':null}"))
                .isEqualTo(new BudgetObject("a", "b", List.of(), 0, Set.of()));
        assertThatThrownBy(() -> parse("{'status':{'disruptionsAllowed':'many'}}"))
                .isInstanceOf(BadObjectException.class)
                .hasMessageContaining("status.disruptionsAllowed is \"many\", allowed: a whole number");
    }

    @Test
    void aBudgetWithoutSelectorHasNoPodsAndAPodWithoutLabelsNoBudget() throws BadObjectException {
        Budgets budgets = new Budgets();
        budgets.seen(parse("{'metadata':{'namespace':'ml','name':'all'},'spec':{'selector':{}}}"));
        budgets.seen(parse("{'metadata':{'namespace':'ml','name':'none'},'spec':{}}"));
        budgets.seen(parse("{'metadata':{'namespace':'ml','name':'not'},'spec':{'selector':{'matchExpressions':["
                + "{'key':'x','operator':'DoesNotExist'}]}}}"));
        assertThat(budgets.violations(List.of(), List.of(pod("ml", "a", Map.of()))))
                .isZero();
        assertThat(budgets.violations(List.of(), List.of(pod("ml", "a", Map.of("app", "a")))))
                .isOne();
        assertThat(budgets.violations(List.of(), List.of(pod("ml", "a", Map.of("x", "a")))))
                .isZero();
        budgets.gone("ml", "not");
        assertThat(budgets.violations(List.of(), List.of(pod("ml", "a", Map.of("app", "a")))))
                .isZero();
    }

    @Property(tries = 2_000, shrinking = ShrinkingMode.OFF)
    void podsThatAreTakenInSpiteOfABudgetAreCounted(@ForAll long seed) {
        Random random = new Random(seed);
        Budgets budgets = new Budgets();
        List<BudgetObject> all = new ArrayList<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            String key = "k" + random.nextInt(2);
            Set<String> disrupted = new HashSet<>();
            for (int d = random.nextInt(3); d > 0; d--) {
                disrupted.add("pod-" + random.nextInt(10));
            }
            BudgetObject budget = new BudgetObject(
                    "ns-" + random.nextInt(2),
                    "budget-" + i,
                    List.of(
                            random.nextBoolean()
                                    ? new PodSpec.Expression(key, "Exists", List.of())
                                    : new PodSpec.Expression(key, "In", List.of("v" + random.nextInt(2)))),
                    random.nextInt(4),
                    disrupted);
            all.add(budget);
            budgets.seen(budget);
        }
        List<PodObject> pods = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            Map<String, String> labels = new HashMap<>();
            for (int k = random.nextInt(3); k > 0; k--) {
                labels.put("k" + random.nextInt(2), "v" + random.nextInt(2));
            }
            pods.add(pod("ns-" + random.nextInt(2), "pod-" + i, labels));
        }
        int first = random.nextInt(pods.size() + 1);

        long expected = 0;
        for (int i = first; i < pods.size(); i++) {
            List<PodObject> upToHere = pods.subList(0, i + 1);
            PodObject last = pods.get(i);
            expected += all.stream()
                            .anyMatch(budget -> covers(budget, last)
                                    && upToHere.stream()
                                                    .filter(pod -> covers(budget, pod))
                                                    .count()
                                            > budget.disruptionsAllowed())
                    ? 1
                    : 0;
        }
        assertThat(budgets.violations(pods.subList(0, first), pods.subList(first, pods.size())))
                .isEqualTo((int) expected);
    }

    private static boolean covers(BudgetObject budget, PodObject pod) {
        PodSpec.Expression only = budget.selector().get(0);
        String value = pod.labels().get(only.key());
        return budget.namespace().equals(pod.namespace())
                && value != null
                && (only.values().isEmpty() || only.values().contains(value))
                && !budget.disrupted().contains(pod.name());
    }
}
