package dev.berth.k8s.objects;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Reads the ports of the node that containers take. In the node's network, each port of a container is one of the node, as the API server
 * fills in. Not thread-safe.
 */
final class HostPorts {
    /** Containers and init containers may come in either order. */
    private static final Comparator<PodSpec.HostPort> ORDER = Comparator.comparingInt(PodSpec.HostPort::port)
            .thenComparing(PodSpec.HostPort::protocol)
            .thenComparing(PodSpec.HostPort::ip);

    boolean hostNetwork;

    private final List<Port> ports = new ArrayList<>(0);

    private record Port(String protocol, String ip, int host, int container) {}

    int mark() {
        return ports.size();
    }

    /** Forgets the ports after a mark. */
    void reset(int mark) {
        ports.subList(mark, ports.size()).clear();
    }

    void read(JsonParser p) throws IOException {
        if (!Json.array(p)) {
            return;
        }
        while (Json.element(p)) {
            if (!Json.object(p)) {
                continue;
            }
            String protocol = "";
            String ip = "";
            int host = 0;
            int container = 0;
            String field;
            while ((field = Json.field(p)) != null) {
                switch (field) {
                    case "protocol" -> protocol = Json.text(p);
                    case "hostIP" -> ip = Json.text(p);
                    case "hostPort" -> host = Json.number(p, 0, 65535);
                    case "containerPort" -> container = Json.number(p, 0, 65535);
                    default -> p.skipChildren();
                }
            }
            ports.add(new Port(protocol.isEmpty() ? "TCP" : protocol, ip.isEmpty() ? "0.0.0.0" : ip, host, container));
        }
    }

    List<PodSpec.HostPort> taken() {
        List<PodSpec.HostPort> taken = new ArrayList<>(0);
        for (Port port : ports) {
            int number = port.host == 0 && hostNetwork ? port.container : port.host;
            if (number > 0) {
                taken.add(new PodSpec.HostPort(port.protocol, port.ip, number));
            }
        }
        taken.sort(ORDER);
        return Json.INTERNER.list(taken);
    }
}
