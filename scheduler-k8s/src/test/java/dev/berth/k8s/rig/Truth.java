package dev.berth.k8s.rig;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What must hold of a cluster at any time, and once all has settled; by what the API server says, never by what Berth says. Each check returns what is wrong, or an
 * empty text.
 */
final class Truth {
    static final String NODE = "berth.dev/node";
    static final String GPUS = "berth.dev/gpus";
    static final String MILLI = "berth.dev/gpu-milli";
    static final String MIG_START = "berth.dev/mig-start";
    private static final String MIG = "nvidia.com/mig-";

    private Truth() {}

    /** A pod that takes of its node what it asked for. */
    static boolean holds(Pod pod) {
        return pod.getSpec().getNodeName() != null && !isFinished(pod);
    }

    static boolean isFinished(Pod pod) {
        String phase = pod.getStatus() == null ? null : pod.getStatus().getPhase();
        return "Succeeded".equals(phase) || "Failed".equals(phase);
    }

    static boolean isGated(Pod pod) {
        return pod.getSpec().getSchedulingGates() != null
                && !pod.getSpec().getSchedulingGates().isEmpty();
    }

    static String annotation(Pod pod, String name) {
        Map<String, String> annotations = pod.getMetadata().getAnnotations();
        return annotations == null ? "" : annotations.getOrDefault(name, "");
    }

    private static Map<String, BigDecimal> requests(Pod pod) {
        Map<String, BigDecimal> sums = new HashMap<>();
        pod.getSpec().getContainers().forEach(container -> {
            Map<String, Quantity> requests = container.getResources() == null
                    ? null
                    : container.getResources().getRequests();
            if (requests != null) {
                requests.forEach(
                        (resource, amount) -> sums.merge(resource, Quantity.getAmountInBytes(amount), BigDecimal::add));
            }
        });
        return sums;
    }

    /** Whether Berth decides where a pod stands. */
    static boolean wantsGpu(Pod pod) {
        return gpuMilli(pod) > 0 || isMig(pod);
    }

    private static boolean isMig(Pod pod) {
        return requests(pod).keySet().stream().anyMatch(resource -> resource.startsWith(MIG));
    }

    /** What a pod takes of GPUs that are not parted by MIG, in 1/1000. */
    private static int gpuMilli(Pod pod) {
        String milli = annotation(pod, MILLI);
        if (!milli.isEmpty()) {
            return Integer.parseInt(milli);
        }
        return 1000
                * requests(pod).getOrDefault(GpuObjects.GPU, BigDecimal.ZERO).intValue();
    }

    /**
     * Whether more is promised of a node than it has, or one GPU to two pods.
     *
     * @param shrunk nodes of which a test has taken something away while pods used it
     */
    static String doubleBooked(KubernetesClient client, Set<String> shrunk) {
        Map<String, Node> nodes = new HashMap<>();
        client.nodes()
                .list()
                .getItems()
                .forEach(node -> nodes.put(node.getMetadata().getName(), node));
        Map<String, List<Pod>> byNode = new TreeMap<>();
        client.pods().inAnyNamespace().list().getItems().stream()
                .filter(Truth::holds)
                .forEach(pod -> byNode.computeIfAbsent(pod.getSpec().getNodeName(), name -> new ArrayList<>())
                        .add(pod));
        List<String> wrong = new ArrayList<>();
        byNode.forEach((name, pods) -> {
            Node node = nodes.get(name);
            if (node != null && !shrunk.contains(name)) {
                wrong.addAll(overcommitted(node, pods));
                wrong.addAll(shared(node, pods));
            }
        });
        return String.join("; ", wrong);
    }

    private static List<String> overcommitted(Node node, List<Pod> pods) {
        Map<String, BigDecimal> sums = new TreeMap<>();
        pods.forEach(pod -> requests(pod).forEach((resource, amount) -> sums.merge(resource, amount, BigDecimal::add)));
        List<String> wrong = new ArrayList<>();
        sums.forEach((resource, sum) -> {
            Quantity there = node.getStatus().getAllocatable().get(resource);
            if (there == null || sum.compareTo(Quantity.getAmountInBytes(there)) > 0) {
                wrong.add(node.getMetadata().getName() + " has " + there + " " + resource + " and pods for " + sum
                        + ": " + names(pods));
            }
        });
        return wrong;
    }

    private static List<String> names(List<Pod> pods) {
        return pods.stream()
                .map(pod -> pod.getMetadata().getName() + "[" + annotation(pod, GPUS) + "]")
                .toList();
    }

    private static List<String> shared(Node node, List<Pod> pods) {
        List<String> wrong = new ArrayList<>();
        Map<Integer, Integer> milliByGpu = new TreeMap<>();
        Set<String> migSlices = new HashSet<>();
        for (Pod pod : pods) {
            String where =
                    pod.getMetadata().getName() + " on " + node.getMetadata().getName();
            String text = annotation(pod, GPUS);
            if (text.isEmpty()
                    || !annotation(pod, NODE).equals(node.getMetadata().getName())) {
                continue; // not placed by Berth, or it took another node than it was led to
            }
            List<Integer> gpus =
                    Arrays.stream(text.split(",", -1)).map(Integer::valueOf).toList();
            if (isMig(pod)) {
                for (String slice : slices(pod, gpus)) {
                    if (!migSlices.add(slice)) {
                        wrong.add(where + ": slice " + slice + " is given out twice");
                    }
                }
                continue;
            }
            boolean isShare = !annotation(pod, MILLI).isEmpty();
            if (!isShare && (gpus.size() * 1000 != gpuMilli(pod) || new HashSet<>(gpus).size() != gpus.size())) {
                wrong.add(where + " asks for " + gpuMilli(pod) / 1000 + " GPUs and has " + gpus);
            }
            gpus.forEach(gpu -> milliByGpu.merge(gpu, isShare ? gpuMilli(pod) : 1000, Integer::sum));
        }
        milliByGpu.forEach((gpu, milli) -> {
            if (milli > 1000) {
                wrong.add("GPU " + gpu + " of " + node.getMetadata().getName() + " is given out " + milli
                        + "/1000 times: " + names(pods));
            }
        });
        return wrong;
    }

    /** The memory slices of a MIG instance, as GPU:slice. Of names such as {@code nvidia.com/mig-3g.40gb} on an 80 GB GPU of 8 slices. */
    private static List<String> slices(Pod pod, List<Integer> gpus) {
        String start = annotation(pod, MIG_START);
        List<String> slices = new ArrayList<>();
        for (String resource : requests(pod).keySet()) {
            if (resource.startsWith(MIG) && !start.isEmpty()) {
                int gib = Integer.parseInt(resource.replaceAll("^.*\\.(\\d+)gb.*$", "$1"));
                for (int slice = 0; slice < gib / 10; slice++) {
                    slices.add(gpus.get(0) + ":" + (Integer.parseInt(start) + slice));
                }
            }
        }
        return slices;
    }

    /**
     * Whether Berth holds something that no pod has, or the other way round. Nodes are compared as wholes: pods that Berth did not place have no GPUs by number.
     *
     * @param shrunk as above
     */
    static String leaked(KubernetesClient client, BerthProcess berth, Set<String> shrunk) {
        Map<String, Integer> expected = new TreeMap<>();
        Set<String> withMig = new HashSet<>();
        for (Pod pod : client.pods().inAnyNamespace().list().getItems()) {
            String node = pod.getSpec().getNodeName();
            if (node == null && !isGated(pod) && !isFinished(pod)) {
                node = annotation(pod, NODE); // released, and not bound yet
            }
            if (node == null || node.isEmpty() || isFinished(pod)) {
                continue;
            }
            expected.merge(node, gpuMilli(pod), Integer::sum);
            if (isMig(pod)) {
                withMig.add(node);
            }
        }
        JsonNode view = berth.view();
        List<String> wrong = new ArrayList<>();
        Map<String, Integer> held = new TreeMap<>();
        for (JsonNode node : view.get("nodes")) {
            int sum = 0;
            for (JsonNode milli : view.get("held").get(node.get(4).asInt())) {
                sum += milli.asInt();
            }
            held.put(node.get(0).asText(), sum);
        }
        for (Node node : client.nodes().list().getItems()) {
            String name = node.getMetadata().getName();
            int want = expected.getOrDefault(name, 0);
            int got = held.getOrDefault(name, 0);
            boolean same = withMig.contains(name) ? got > 0 : got == want;
            if (!same && !shrunk.contains(name)) {
                wrong.add("Berth holds " + got + "/1000 GPUs on " + name + ", pods " + want);
            }
            held.remove(name);
        }
        held.forEach((name, milli) -> {
            if (milli > 0 && !expected.containsKey(name)) {
                wrong.add("Berth holds " + milli + "/1000 GPUs on " + name + ", which is gone, for no pod");
            }
        });
        return String.join("; ", wrong);
    }

    /** Whether a pod waits and nothing that people look at says why: its conditions, its events. */
    static String silent(KubernetesClient client) {
        Set<String> explained = new HashSet<>();
        for (Event event : client.v1().events().inAnyNamespace().list().getItems()) {
            if (event.getMessage() != null && !event.getMessage().isBlank()) {
                explained.add(event.getInvolvedObject().getUid());
            }
        }
        List<String> wrong = new ArrayList<>();
        for (Pod pod : client.pods().inAnyNamespace().list().getItems()) {
            boolean waits = pod.getSpec().getNodeName() == null && !isFinished(pod) && wantsGpu(pod);
            if (waits
                    && !explained.contains(pod.getMetadata().getUid())
                    && pod.getStatus().getConditions().stream().noneMatch(Truth::explains)) {
                wrong.add(pod.getMetadata().getName() + " waits, and nothing says why: "
                        + pod.getStatus().getConditions());
            }
        }
        return String.join("; ", wrong);
    }

    private static boolean explains(PodCondition condition) {
        boolean isReason =
                condition.getType().equals("PodScheduled") && !"SchedulingGated".equals(condition.getReason())
                        || condition.getType().equals("berth.dev/Placed");
        return isReason
                && "False".equals(condition.getStatus())
                && condition.getMessage() != null
                && !condition.getMessage().isBlank();
    }
}
