package dev.berth.k8s.objects;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What a pod asks of its node in all: containers and sidecars together, or an init container with the sidecars that were started
 * before it where that is more; cpu, memory and huge pages for the pod as a whole in place of that where it says so; and overhead. While a
 * container is being resized in place, the most of what it asks for, what it was promised and what it has counts. Rules:
 * k8s.io/component-helpers v0.36 {@code resource/helpers.go} ({@code PodRequests}, {@code AggregateContainerRequests}) with the options of
 * kube-scheduler's {@code noderesources} plugin. Not thread-safe.
 */
final class PodRequests {
    final HostPorts ports = new HostPorts();

    /** Whether the node can never do the resize that is asked for ({@code PodResizePending} with reason {@code Infeasible}). */
    boolean resizeInfeasible;

    private final List<Container> containers = new ArrayList<>(2);
    private final List<Container> initContainers = new ArrayList<>(0);
    private final List<Resized> resized = new ArrayList<>(0);
    private final Amounts overhead = new Amounts();
    private final Amounts podRequests = new Amounts();
    private final Amounts podLimits = new Amounts();
    private final Amounts limited = new Amounts();

    private record Container(String name, Amounts requests, boolean sidecar) {}

    /**
     * What the kubelet says of a container.
     *
     * @param actual what it has
     * @param allocated what it was promised
     */
    private record Resized(String name, Amounts actual, Amounts allocated) {}

    void readContainers(JsonParser p) throws IOException {
        containers.clear();
        if (!Json.array(p)) {
            return;
        }
        while (Json.element(p)) {
            containers.add(container(p));
        }
    }

    void readInitContainers(JsonParser p) throws IOException {
        initContainers.clear();
        if (!Json.array(p)) {
            return;
        }
        while (Json.element(p)) {
            int mark = ports.mark();
            Container container = container(p);
            if (!container.sidecar) {
                // kube-scheduler counts ports of what runs all the time alone (pkg/scheduler/util, GetHostPorts).
                ports.reset(mark);
            }
            initContainers.add(container);
        }
    }

    private Container container(JsonParser p) throws IOException {
        String name = "";
        Amounts requests = new Amounts();
        limited.clear();
        boolean always = false;
        if (!Json.object(p)) {
            return new Container(name, requests, false);
        }
        String field;
        while ((field = Json.field(p)) != null) {
            switch (field) {
                case "name" -> name = Json.text(p);
                case "resources" -> readResources(p, requests, limited);
                case "ports" -> ports.read(p);
                case "restartPolicy" -> always = Json.text(p).equals("Always");
                default -> p.skipChildren();
            }
        }
        requests.setAbsent(limited);
        return new Container(name, requests, always);
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

    /** Reads {@code status.containerStatuses} or {@code status.initContainerStatuses}. */
    void readStatuses(JsonParser p) throws IOException {
        if (!Json.array(p)) {
            return;
        }
        while (Json.element(p)) {
            if (!Json.object(p)) {
                continue;
            }
            String name = "";
            boolean known = false;
            Amounts actual = new Amounts();
            Amounts allocated = new Amounts();
            String field;
            while ((field = Json.field(p)) != null) {
                switch (field) {
                    case "name" -> name = Json.text(p);
                    case "allocatedResources" -> allocated.read(p);
                    case "resources" -> {
                        known = Json.object(p);
                        readResources(p, actual, limited);
                    }
                    default -> p.skipChildren();
                }
            }
            if (known) {
                resized.add(new Resized(name, actual, allocated));
            }
        }
    }

    private Amounts effective(Container container) {
        for (Resized status : resized) {
            if (status.name.equals(container.name)) {
                Amounts most = new Amounts();
                most.add(status.actual);
                most.max(status.allocated);
                if (!resizeInfeasible) {
                    most.max(container.requests);
                }
                return most;
            }
        }
        return container.requests;
    }

    /** In the units of {@link PodSpec#requests}. */
    Map<String, Long> total() {
        Amounts total = new Amounts();
        for (Container container : containers) {
            total.add(effective(container));
        }
        addInitContainers(total);
        for (int i = 0; i < podLimits.size(); i++) {
            String name = podLimits.name(i);
            // As the API server fills in: the limit of the pod stands in for its request where no container asks for
            // any; of huge pages,
            // which cannot be promised twice, in any case (pkg/apis/core/v1/defaults.go, defaultPodRequests).
            if (Amounts.isForPod(name) && !podRequests.has(name) && (Amounts.isHugePages(name) || !isAskedFor(name))) {
                total.set(podLimits, i);
            }
        }
        for (int i = 0; i < podRequests.size(); i++) {
            if (Amounts.isForPod(podRequests.name(i))) {
                total.set(podRequests, i);
            }
        }
        total.add(overhead);
        return total.rounded();
    }

    private boolean isAskedFor(String name) {
        for (List<Container> list : List.of(containers, initContainers)) {
            for (Container container : list) {
                if (container.requests.has(name)) {
                    return true;
                }
            }
        }
        return false;
    }

    private void addInitContainers(Amounts total) {
        if (initContainers.isEmpty()) {
            return;
        }
        Amounts sidecars = new Amounts();
        Amounts starting = new Amounts();
        for (Container container : initContainers) {
            if (container.sidecar) {
                Amounts requests = effective(container);
                total.add(requests);
                sidecars.add(requests);
                starting.max(sidecars);
            } else {
                Amounts now = new Amounts();
                now.add(container.requests);
                now.add(sidecars);
                starting.max(now);
            }
        }
        total.max(starting);
    }
}
