package dev.berth.k8s.objects;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.k8s.objects.PodSpec.Expression;
import dev.berth.k8s.objects.PodSpec.PodTerm;
import java.util.List;
import org.junit.jupiter.api.Test;

final class AffinityJsonTest {
    private static final Expression NEVER = new Expression("", "In", List.of());

    /** Of a pod with labels {@code app: a, hash: 7}. */
    private static List<PodTerm> terms(String spec) throws Exception {
        return PodJsonTest.pod(
                        "{\"spec\": " + spec + ", \"metadata\": {\"labels\": {\"app\": \"a\", \"hash\": \"7\"}}}")
                .spec()
                .podTerms();
    }

    private static String required(String kind, String term) {
        return "{\"affinity\": {\"" + kind + "\": {\"requiredDuringSchedulingIgnoredDuringExecution\": [" + term
                + "], \"preferredDuringSchedulingIgnoredDuringExecution\": [{\"weight\": 1, \"podAffinityTerm\": {}}]}}}";
    }

    private static Expression in(String key, String... values) {
        return new Expression(key, "In", List.of(values));
    }

    @Test
    void readsSelectors() throws Exception {
        assertThat(terms(required("podAffinity", """
                        {"topologyKey": "zone", "namespaces": ["x"], "labelSelector": {"matchLabels": {"b": "2", "a": "1"},
                          "matchExpressions": [{"key": "c", "operator": "Exists"}]}}
                        """)))
                .containsExactly(new PodTerm(
                        PodTerm.Kind.AFFINITY,
                        "zone",
                        List.of(in("a", "1"), in("b", "2"), new Expression("c", "Exists", List.of())),
                        List.of("x"),
                        false,
                        0));
    }

    @Test
    void mergesLabelKeysAsTheApiServerDoes() throws Exception {
        String term = """
                {"topologyKey": "rack", "labelSelector": {"matchLabels": {"app": "a"}},
                 "matchLabelKeys": ["hash", "absent"], "mismatchLabelKeys": ["app"]}
                """;
        List<PodTerm> merged = terms(required("podAntiAffinity", term));
        assertThat(merged)
                .containsExactly(new PodTerm(
                        PodTerm.Kind.ANTI_AFFINITY,
                        "rack",
                        List.of(in("app", "a"), in("hash", "7"), new Expression("app", "NotIn", List.of("a"))),
                        List.of(),
                        false,
                        0));
        // What has been merged already stays as it is.
        assertThat(terms(required("podAntiAffinity", """
                        {"topologyKey": "rack", "labelSelector": {"matchLabels": {"app": "a"}, "matchExpressions": [
                           {"key": "hash", "operator": "In", "values": ["7"]}, {"key": "app", "operator": "NotIn", "values": ["a"]}]},
                         "matchLabelKeys": ["hash", "absent"], "mismatchLabelKeys": ["app"]}
                        """))).isEqualTo(merged);
    }

    @Test
    void anyNamespaceSelectorMeansAllNamespaces() throws Exception {
        String term = "{\"topologyKey\": \"z\", \"labelSelector\": {}, \"namespaceSelector\": %s}";
        assertThat(terms(required("podAffinity", String.format(term, "{}")))
                        .get(0)
                        .allNamespaces())
                .isTrue();
        assertThat(terms(required("podAffinity", String.format(term, "{\"matchLabels\": {\"a\": \"b\"}}")))
                        .get(0)
                        .allNamespaces())
                .isTrue();
        assertThat(terms(required("podAffinity", String.format(term, "null")))
                        .get(0)
                        .allNamespaces())
                .isFalse();
    }

    @Test
    void emptySelectorMatchesAllAndAbsentOneNothing() throws Exception {
        assertThat(terms(required("podAffinity", "{\"topologyKey\": \"z\", \"labelSelector\": {}}"))
                        .get(0)
                        .selector())
                .isEmpty();
        assertThat(terms(required("podAffinity", "{\"topologyKey\": \"z\"}"))
                        .get(0)
                        .selector())
                .containsExactly(NEVER);
    }

    @Test
    void keepsSpreadThatMayNotBeViolated() throws Exception {
        assertThat(terms("""
                        {"topologySpreadConstraints": [
                          {"maxSkew": 2, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule",
                           "labelSelector": {"matchLabels": {"app": "a"}}, "matchLabelKeys": ["hash"]},
                          {"maxSkew": 1, "topologyKey": "host", "whenUnsatisfiable": "ScheduleAnyway", "labelSelector": {}}]}
                        """))
                .containsExactly(new PodTerm(
                        PodTerm.Kind.SPREAD, "zone", List.of(in("app", "a"), in("hash", "7")), List.of(), false, 2));
    }

    @Test
    void readsNodeTermsThatMatchNothing() throws Exception {
        assertThat(PodJsonTest.pod("""
                                {"spec": {"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
                                  "nodeSelectorTerms": [{}, {"matchExpressions": [{"key": "mem", "operator": "Gt", "values": ["7"]}]}]}}}}}
                                """).spec().nodeTerms())
                .containsExactly(
                        new PodSpec.NodeTerm(List.of(), List.of()),
                        new PodSpec.NodeTerm(List.of(new Expression("mem", "Gt", List.of("7"))), List.of()));
    }
}
