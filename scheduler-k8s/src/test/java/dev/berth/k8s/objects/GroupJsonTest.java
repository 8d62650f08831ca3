package dev.berth.k8s.objects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonParser;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Groups written by the types of each project: k8s.io/api scheduling v1alpha2 and v1beta1, and those that kubernetes-pods.md names. */
final class GroupJsonTest {
    private static GroupObject group(String json) throws BadObjectException {
        return GroupJson.parse(json.getBytes(StandardCharsets.UTF_8));
    }

    private static GroupObject expected(
            String convention, int min, int timeout, @Nullable String required, @Nullable String preferred) {
        return new GroupObject(convention, "ml", "train", "u1", min, timeout, required, preferred);
    }

    private static String of(String apiVersion, String spec) {
        return "{\"apiVersion\": \"" + apiVersion + "\", \"kind\": \"PodGroup\", \"metadata\": {\"name\": \"train\","
                + " \"namespace\": \"ml\", \"uid\": \"u1\", \"labels\": {\"a\": \"b\"}}, \"spec\": " + spec
                + ", \"status\": {\"conditions\": []}}";
    }

    @ParameterizedTest
    @ValueSource(strings = {"v1alpha2", "v1alpha3", "v1beta1"})
    void upstream(String version) throws Exception {
        assertThat(group(of("scheduling.k8s.io/" + version, """
                        {"schedulingPolicy": {"gang": {"minCount": 4}},
                         "schedulingConstraints": {"topology": [{"key": "topology.example/rack"}]},
                         "disruptionMode": {"all": {}}, "priority": 7, "priorityClassName": "high",
                         "podGroupTemplateRef": {"workload": {"workloadName": "w", "podGroupTemplateName": "t"}},
                         "workloadRef": {"workloadName": "w", "templateName": "t"},
                         "resourceClaims": [{"name": "c", "resourceClaimTemplateName": "x"}]}
                        """)))
                .isEqualTo(expected("kubernetes", 4, 0, "topology.example/rack", null));
        assertThat(group(of("scheduling.k8s.io/" + version, "{\"schedulingPolicy\": {\"basic\": {}}}")))
                .isEqualTo(expected("kubernetes", 0, 0, null, null));
    }

    @Test
    void schedulerPlugins() throws Exception {
        assertThat(group(of(
                        "scheduling.x-k8s.io/v1alpha1",
                        "{\"minMember\": 3, \"scheduleTimeoutSeconds\": 90, \"minResources\": {\"cpu\": \"3\"}}")))
                .isEqualTo(expected("scheduler-plugins", 3, 90, null, null));
    }

    @Test
    void koordinatorsPodGroupWithItsLayers() throws Exception {
        String group = of("scheduling.sigs.k8s.io/v1alpha1", "{\"minMember\": 8, \"scheduleTimeoutSeconds\": 300}");
        String rules =
                "{\\\"gatherStrategy\\\": [{\\\"layer\\\": \\\"SpineLayer\\\", \\\"strategy\\\": \\\"MustGather\\\"},"
                        + "{\\\"layer\\\": \\\"BlockLayer\\\", \\\"strategy\\\": \\\"PreferGather\\\"}]}";
        String annotated = group.replace(
                "\"labels\"",
                "\"annotations\": {\"gang.scheduling.koordinator.sh/network-topology-spec\": \"" + rules
                        + "\"}, \"labels\"");
        assertThat(group(annotated)).isEqualTo(expected("scheduler-plugins", 8, 300, "spine", "block"));
        assertThatThrownBy(() -> group(annotated.replace("MustGather", "Must")))
                .isInstanceOf(BadObjectException.class)
                .hasMessageContaining("metadata.annotations.gang.scheduling.koordinator.sh/network-topology-spec is ")
                .hasMessageContaining("gatherStrategy[0].strategy is \"Must\", allowed: MustGather or PreferGather");
    }

    @Test
    void volcano() throws Exception {
        String version = "scheduling.volcano.sh/v1beta1";
        assertThat(group(of(version, "{\"minMember\": 2, \"queue\": \"q\", \"minTaskMember\": {\"worker\": 2}}")))
                .isEqualTo(expected("volcano", 2, 0, null, null));
        assertThat(group(of(
                        version,
                        "{\"minMember\": 2, \"networkTopology\": {\"mode\": \"hard\", \"highestTierAllowed\": 2}}")))
                .isEqualTo(expected("volcano", 2, 0, "tier-2", null));
        assertThat(group(of(version, "{\"minMember\": 2, \"networkTopology\": {\"highestTierName\": \"rack\"}}")))
                .isEqualTo(expected("volcano", 2, 0, "rack", null));
        assertThat(
                        group(
                                of(
                                        version,
                                        "{\"minMember\": 2, \"networkTopology\": {\"mode\": \"soft\", \"highestTierName\": \"rack\"}}")))
                .isEqualTo(expected("volcano", 2, 0, null, "rack"));
    }

    @Test
    void kai() throws Exception {
        String version = "scheduling.run.ai/v2alpha2";
        assertThat(group(of(version, """
                        {"minMember": 6, "queue": "q", "topologyConstraint": {"topology": "t",
                          "requiredTopologyLevel": "block", "preferredTopologyLevel": "rack"}}
                        """))).isEqualTo(expected("kai", 6, 0, "block", "rack"));
    }

    @Test
    void kaiSubGroups() throws Exception {
        String groups = """
                {"subGroups": [
                  {"name": "prefill", "minSubGroup": 1}, {"name": "p0", "parent": "prefill", "minMember": 4},
                  {"name": "p1", "parent": "prefill", "minMember": 3}, {"name": "decode", "minMember": 2}]%s}
                """;
        assertThat(group(of("scheduling.run.ai/v2alpha2", String.format(groups, "")))
                        .minMembers())
                .isEqualTo(5);
        assertThat(group(of("scheduling.run.ai/v2alpha2", String.format(groups, ", \"minSubGroup\": 1")))
                        .minMembers())
                .isEqualTo(2);
        assertThat(group(
                                of(
                                        "scheduling.run.ai/v2alpha2",
                                        "{\"subGroups\": [{\"name\": \"a\", \"parent\": \"b\"}, {\"name\": \"b\", \"parent\": \"a\"}]}"))
                        .minMembers())
                .isZero();
    }

    @Test
    void grove() throws Exception {
        assertThat(group(of("scheduler.grove.io/v1alpha1", """
                        {"podgroups": [{"name": "a", "minReplicas": 2, "podReferences": []}, {"name": "b", "minReplicas": 3}],
                         "topologyConstraint": {"packConstraint": {"required": "zone", "preferred": "rack"}}}
                        """))).isEqualTo(expected("grove", 5, 0, "zone", "rack"));
    }

    @Test
    void itemsOfAListDoNotSayTheirVersion() throws Exception {
        byte[] json =
                "{\"metadata\": {\"name\": \"g\"}, \"spec\": {\"minMember\": 1}}".getBytes(StandardCharsets.UTF_8);
        try (JsonParser p = Json.FACTORY.createParser(json)) {
            p.nextToken();
            assertThat(GroupJson.read(p, "scheduling.volcano.sh/v1beta1").convention())
                    .isEqualTo("volcano");
        }
    }

    @Test
    void saysWhichVersionsThereAre() {
        assertThatThrownBy(() -> group(of("apps/v1", "{}")))
                .isInstanceOf(BadObjectException.class)
                .hasMessage("apiVersion is \"apps/v1\", allowed: a version of scheduling.k8s.io, scheduling.x-k8s.io,"
                        + " scheduling.volcano.sh, scheduling.run.ai or scheduler.grove.io");
        assertThatThrownBy(() -> group(of("scheduling.volcano.sh/v1beta1", "{\"minMember\": -1}")))
                .hasMessage("spec.minMember is -1, allowed: a whole number from 0 to 2147483647");
    }
}
