package dev.berth.k8s.objects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;

final class PodJsonProperties {
    @Property(tries = 300)
    void orderOfFieldsDoesNotMatter(@ForAll long seed) throws Exception {
        RandomPod random = new RandomPod(seed);
        ObjectNode pod = random.pod();
        assertThat(PodJson.parse(RandomPod.bytes(random.disguised(pod, false))))
                .isEqualTo(PodJson.parse(RandomPod.bytes(pod)));
    }

    @Property(tries = 300)
    void unknownFieldsAreSkipped(@ForAll long seed) throws Exception {
        RandomPod random = new RandomPod(seed);
        ObjectNode pod = random.pod();
        assertThat(PodJson.parse(RandomPod.bytes(random.disguised(pod, true))))
                .isEqualTo(PodJson.parse(RandomPod.bytes(pod)));
    }

    @Property(tries = 300)
    void cutJsonIsOneClearError(@ForAll long seed, @ForAll @DoubleRange(min = 0, max = 1) double where) {
        byte[] bytes = RandomPod.bytes(new RandomPod(seed).pod());
        byte[] cut = Arrays.copyOf(bytes, (int) (where * (bytes.length - 1)));
        Throwable error = catchThrowable(() -> PodJson.parse(cut));
        assertThat(error).isInstanceOf(BadObjectException.class);
        assertThat(error.getMessage())
                .matches("not JSON at line 1, column \\d+: [^\\n]*|the text is empty, allowed: .*");
    }

    /** In which of many places a value of the wrong kind stands, the message says. */
    @Property(tries = 300)
    void wrongTypesAreNamed(@ForAll long seed) {
        ObjectNode pod = new RandomPod(seed).pod();
        ((ObjectNode) pod.get("spec").get("containers").get(0)).putArray("name");
        assertThat(catchThrowable(() -> PodJson.parse(RandomPod.bytes(pod))))
                .hasMessage("spec.containers[0].name is an array, allowed: a text");
    }

    @Property(tries = 2000)
    void requestsAreThoseOfKubeScheduler(@ForAll long seed) throws Exception {
        ObjectNode pod = new RandomPod(seed).pod();
        assertThat(PodJson.parse(RandomPod.bytes(pod)).spec().requests()).isEqualTo(rounded(Oracle.requests(pod)));
    }

    private static Map<String, Long> rounded(Map<String, BigDecimal> amounts) {
        Map<String, Long> rounded = new TreeMap<>();
        amounts.forEach((name, amount) -> {
            BigDecimal unit = name.equals("cpu") ? amount.movePointRight(3) : amount;
            long value = unit.setScale(0, RoundingMode.CEILING)
                    .toBigIntegerExact()
                    .min(BigInteger.valueOf(Long.MAX_VALUE))
                    .longValueExact();
            if (value > 0) {
                rounded.put(name, value);
            }
        });
        return rounded;
    }

    /** The API server's defaults and kube-scheduler's sum, step by step, on the tree and without any bound. */
    private static final class Oracle {
        private static final BigDecimal MILLI = new BigDecimal("0.001");

        static Map<String, BigDecimal> requests(ObjectNode pod) {
            JsonNode spec = pod.get("spec");
            JsonNode status = pod.path("status");
            Map<String, BigDecimal> asked = aggregate(spec, status);
            Map<String, BigDecimal> podRequests = amounts(spec.path("resources").path("requests"));
            Map<String, BigDecimal> podLimits = amounts(spec.path("resources").path("limits"));
            if (!podLimits.isEmpty()) {
                // What containers ask for stays as it is; the default of the pod is then that sum, which it replaces.
                Set<String> containers = named(spec);
                podLimits.forEach((name, limit) -> {
                    if (name.startsWith("hugepages-") || !containers.contains(name)) {
                        podRequests.putIfAbsent(name, limit);
                    }
                });
            }
            podRequests.forEach((name, amount) -> {
                if (name.equals("cpu") || name.equals("memory") || name.startsWith("hugepages-")) {
                    asked.put(name, amount);
                }
            });
            amounts(spec.path("overhead")).forEach((name, amount) -> asked.merge(name, amount, BigDecimal::add));
            return asked;
        }

        private static Set<String> named(JsonNode spec) {
            Set<String> names = new HashSet<>();
            spec.path("containers")
                    .forEach(container -> names.addAll(ofSpec(container).keySet()));
            spec.path("initContainers")
                    .forEach(container -> names.addAll(ofSpec(container).keySet()));
            return names;
        }

        private static Map<String, BigDecimal> aggregate(JsonNode spec, JsonNode status) {
            Map<String, BigDecimal> sum = new HashMap<>();
            for (JsonNode container : spec.path("containers")) {
                add(sum, effective(container, status));
            }
            Map<String, BigDecimal> before = new HashMap<>();
            Map<String, BigDecimal> most = new HashMap<>();
            for (JsonNode container : spec.path("initContainers")) {
                if (container.path("restartPolicy").asText().equals("Always")) {
                    add(sum, effective(container, status));
                    add(before, effective(container, status));
                    max(most, before);
                } else {
                    Map<String, BigDecimal> now = new HashMap<>(before);
                    add(now, ofSpec(container));
                    max(most, now);
                }
            }
            max(sum, most);
            return sum;
        }

        private static Map<String, BigDecimal> ofSpec(JsonNode container) {
            Map<String, BigDecimal> requests =
                    amounts(container.path("resources").path("requests"));
            amounts(container.path("resources").path("limits")).forEach(requests::putIfAbsent);
            return requests;
        }

        private static Map<String, BigDecimal> effective(JsonNode container, JsonNode status) {
            boolean infeasible = false;
            for (JsonNode condition : status.path("conditions")) {
                if (condition.get("type").asText().equals("PodResizePending")) {
                    infeasible = condition.get("reason").asText().equals("Infeasible");
                }
            }
            for (String list : new String[] {"containerStatuses", "initContainerStatuses"}) {
                for (JsonNode of : status.path(list)) {
                    if (of.get("name").equals(container.get("name")) && of.has("resources")) {
                        Map<String, BigDecimal> most = infeasible ? new HashMap<>() : ofSpec(container);
                        max(most, amounts(of.get("resources").path("requests")));
                        max(most, amounts(of.path("allocatedResources")));
                        return most;
                    }
                }
            }
            return ofSpec(container);
        }

        private static void add(Map<String, BigDecimal> to, Map<String, BigDecimal> more) {
            more.forEach((name, amount) -> to.merge(name, amount, BigDecimal::add));
        }

        private static void max(Map<String, BigDecimal> to, Map<String, BigDecimal> other) {
            other.forEach((name, amount) -> to.merge(name, amount, BigDecimal::max));
        }

        /** The API server rounds each amount up to 1/1000 (SetDefaults_ResourceList). */
        private static Map<String, BigDecimal> amounts(JsonNode node) {
            Map<String, BigDecimal> amounts = new HashMap<>();
            node.properties().forEach(field -> {
                String text = field.getValue().asText();
                int end = text.length();
                while (end > 0 && Character.isLetter(text.charAt(end - 1))) {
                    end--;
                }
                BigDecimal value = text.matches("[0-9.]+e[0-9]+")
                        ? new BigDecimal(text)
                        : new BigDecimal(text.substring(0, end)).multiply(factor(text.substring(end)));
                amounts.put(
                        field.getKey(),
                        value.divide(MILLI, 0, RoundingMode.CEILING).multiply(MILLI));
            });
            return amounts;
        }

        private static BigDecimal factor(String suffix) {
            return switch (suffix) {
                case "" -> BigDecimal.ONE;
                case "n" -> new BigDecimal("1e-9");
                case "u" -> new BigDecimal("1e-6");
                case "m" -> MILLI;
                case "M" -> new BigDecimal("1e6");
                case "E" -> new BigDecimal("1e18");
                case "Gi" -> BigDecimal.valueOf(1L << 30);
                case "Ei" -> BigDecimal.valueOf(1L << 60);
                default -> throw new IllegalArgumentException(suffix);
            };
        }
    }
}
