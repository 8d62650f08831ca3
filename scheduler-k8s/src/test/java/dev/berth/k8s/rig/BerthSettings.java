package dev.berth.k8s.rig;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a Berth process is started with. A value.
 *
 * @param mode {@code steered}, {@code extender} or {@code both}
 * @param kubeconfig how it reaches the API server
 * @param ports where it listens
 * @param gangTimeoutSeconds how long a gang may hold GPUs without all of it being bound
 * @param reservationSeconds how long the extender's filter holds a place
 * @param further lines of YAML, added at the end
 */
public record BerthSettings(
        String mode, Path kubeconfig, Ports ports, int gangTimeoutSeconds, int reservationSeconds, String further) {

    /** Where it listens, on 127.0.0.1. A value. */
    public record Ports(int extender, int webhook, int metrics, int page) {
        /** Ports that nobody listens on now. */
        public static Ports free() {
            List<ServerSocket> sockets = new ArrayList<>();
            try {
                for (int i = 0; i < 4; i++) {
                    sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
                }
                Ports ports = new Ports(
                        sockets.get(0).getLocalPort(),
                        sockets.get(1).getLocalPort(),
                        sockets.get(2).getLocalPort(),
                        sockets.get(3).getLocalPort());
                for (ServerSocket socket : sockets) {
                    socket.close();
                }
                return ports;
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        }
    }

    /** Settings with which a test need not wait long, as the rig's service account {@code berth}. */
    public static BerthSettings of(Rig rig, String mode) {
        return new BerthSettings(mode, rig.kubeconfig("berth"), Ports.free(), 60, 15, "");
    }

    /** The same by another way to the API server. */
    public BerthSettings through(ApiProxy proxy) {
        return new BerthSettings(mode, proxy.kubeconfig(), ports, gangTimeoutSeconds, reservationSeconds, further);
    }

    /** The same with another time-out of gangs. */
    public BerthSettings withGangTimeout(int seconds) {
        return new BerthSettings(mode, kubeconfig, ports, seconds, reservationSeconds, further);
    }

    /** The same with further lines of YAML. */
    public BerthSettings with(String lines) {
        return new BerthSettings(
                mode, kubeconfig, ports, gangTimeoutSeconds, reservationSeconds, further + lines + "\n");
    }

    /** The configuration file's text. */
    String yaml(Rig rig) {
        boolean steers = !mode.equals("extender");
        boolean extends_ = !mode.equals("steered");
        String tls = "tls: {certificate: %s, key: %s"
                .formatted(rig.certificate("server-berth.crt"), rig.certificate("server-berth.key"));
        List<String> lines = new ArrayList<>(List.of("mode: " + mode));
        if (steers) {
            lines.add("steering: {gangTimeoutSeconds: " + gangTimeoutSeconds + "}");
        }
        if (extends_) {
            lines.add("extender: {reservationSeconds: " + reservationSeconds + "}");
        }
        lines.add("server:");
        if (extends_) {
            lines.add("  extender: {address: 127.0.0.1, port: " + ports.extender + ", " + tls + ", clientCa: "
                    + rig.certificate("ca.crt") + ", allowedNames: [\"system:kube-scheduler\"]}}");
        }
        if (steers) {
            lines.add("  webhook: {address: 127.0.0.1, port: " + ports.webhook + ", " + tls + "}}");
        }
        lines.add("  metrics: {address: 127.0.0.1, port: " + ports.metrics + "}");
        lines.add("  page: {address: 127.0.0.1, port: " + ports.page + "}");
        lines.add("lease: {namespace: berth-system}");
        return String.join("\n", lines) + "\n" + further;
    }
}
