package dev.berth.k8s.objects;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What a pod asks of its node in all: containers and sidecars together, or an init container with the sidecars that were started
 * before it where that is more; cpu, memory and huge pages for the pod as a whole in place of that where it says so; and overhead. Rules:
 * k8s.io/component-helpers {@code resource/helpers.go} ({@code PodRequests}, {@code AggregateContainerRequests}). Not thread-safe.
 */
final class PodRequests {
    final HostPorts ports = new HostPorts();

    private final Amounts containers = new Amounts();
    private final List<InitContainer> initContainers = new ArrayList<>(0);
    private final Amounts overhead = new Amounts();
    private final Amounts podRequests = new Amounts();
    private final Amounts podLimits = new Amounts();
    private final Amounts requested = new Amounts();
    private final Amounts limited = new Amounts();

    private record InitContainer(Amounts requests, boolean sidecar) {}

    void readContainers(JsonParser p) throws IOException {
        containers.clear();
        if (!Json.array(p)) {
            return;
        }
        while (Json.element(p)) {
            readContainer(p);
            containers.add(requested);
        }
    }

    void readInitContainers(JsonParser p) throws IOException {
        initContainers.clear();
        if (!Json.array(p)) {
            return;
        }
        while (Json.element(p)) {
            int mark = ports.mark();
            boolean sidecar = readContainer(p);
            if (!sidecar) {
                // kube-scheduler counts ports of what runs all the time alone (pkg/scheduler/framework, GetHostPorts).
                ports.reset(mark);
            }
            Amounts own = new Amounts();
            own.add(requested);
            initContainers.add(new InitContainer(own, sidecar));
        }
    }

    /** Reads a container's requests into {@link #requested}; whether it always restarts. */
    private boolean readContainer(JsonParser p) throws IOException {
        requested.clear();
        limited.clear();
        boolean always = false;
        if (!Json.object(p)) {
            return false;
        }
        String field;
        while ((field = Json.field(p)) != null) {
            switch (field) {
                case "resources" -> readResources(p, requested, limited);
                case "ports" -> ports.read(p);
                case "restartPolicy" -> always = Json.text(p).equals("Always");
                default -> p.skipChildren();
            }
        }
        requested.setAbsent(limited);
        return always;
    }

    private static void readResources(JsonParser p, Amounts requests, Amounts limits) throws IOException {
        requests.clear();
        limits.clear();
        if (!Json.object(p)) {
            return;
        }
        String field;
        while ((field = Json.field(p)) != null) {
            switch (field) {
                case "requests" -> requests.read(p);
                case "limits" -> limits.read(p);
                default -> p.skipChildren();
            }
        }
    }

    void readOverhead(JsonParser p) throws IOException {
        overhead.read(p);
    }

    void readPodLevel(JsonParser p) throws IOException {
        readResources(p, podRequests, podLimits);
    }

    /** In the units of {@link PodSpec#requests}. */
    Map<String, Long> total() {
        Amounts total = new Amounts();
        total.add(containers);
        Amounts sidecars = new Amounts();
        Amounts starting = new Amounts();
        for (InitContainer container : initContainers) {
            if (container.sidecar) {
                total.add(container.requests);
                sidecars.add(container.requests);
                starting.max(sidecars);
            } else {
                Amounts now = new Amounts();
                now.add(container.requests);
                now.add(sidecars);
                starting.max(now);
            }
        }
        total.max(starting);
        for (int i = 0; i < podRequests.size(); i++) {
            if (Amounts.isForPod(podRequests.name(i))) {
                total.set(podRequests, i);
            }
        }
        for (int i = 0; i < podLimits.size(); i++) {
            String name = podLimits.name(i);
            // The API server lets a limit of the pod stand in for its request only where no container asks for any.
            if (Amounts.isForPod(name) && !podRequests.has(name) && !total.has(name)) {
                total.set(podLimits, i);
            }
        }
        total.add(overhead);
        return total.rounded();
    }
}
