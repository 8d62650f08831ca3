package dev.berth.planner.io;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * Makes texts as ibnetdiscover prints them (rdma-core, ibnetdiscover(8), "TOPOLOGY FILE FORMAT") of fabrics that a test builds. Each
 * cable stands in the text twice, once for either end.
 */
public final class IbnetdiscoverText {
    private final List<Device> devices = new ArrayList<>();

    private record Peer(int device, int port, String rate) {}

    private record Device(char kind, String guid, String description, Map<Integer, Peer> ports) {}

    /** Adds a switch; the number that it is known by. */
    public int fabricSwitch(String description) {
        return device('S', description);
    }

    /** Adds a channel adapter with one port; the number that it is known by. */
    public int adapter(String description) {
        return device('H', description);
    }

    private int device(char kind, String description) {
        String guid = String.format(Locale.ROOT, "%016x", 0x0c42a10300000000L + 64L * devices.size());
        devices.add(new Device(kind, guid, description, new TreeMap<>()));
        return devices.size() - 1;
    }

    /** Connects the next free ports of two devices. */
    public void cable(int a, int b, String rate) {
        int portA = nextPort(a);
        devices.get(a).ports().put(portA, new Peer(b, 1, rate));
        int portB = nextPort(b);
        devices.get(a).ports().put(portA, new Peer(b, portB, rate));
        devices.get(b).ports().put(portB, new Peer(a, portA, rate));
    }

    private int nextPort(int device) {
        return devices.get(device).ports().keySet().stream()
                        .mapToInt(port -> port)
                        .max()
                        .orElse(0)
                + 1;
    }

    /** Cables, each once, as ends in the order of device and port. */
    public List<String> cables() {
        List<String> cables = new ArrayList<>();
        for (int d = 0; d < devices.size(); d++) {
            for (Map.Entry<Integer, Peer> port : devices.get(d).ports().entrySet()) {
                Peer peer = port.getValue();
                cables.add(name(d, port.getKey(), peer.device(), peer.port()));
            }
        }
        return cables.stream().distinct().sorted().toList();
    }

    private String name(int a, int portA, int b, int portB) {
        return end(devices.get(a).guid(), portA, devices.get(b).guid(), portB);
    }

    /** A cable by the GUIDs and ports of its ends, whichever comes first. */
    public static String end(String guidA, int portA, String guidB, int portB) {
        String a = guidA + "[" + portA + "]";
        String b = guidB + "[" + portB + "]";
        return a.compareTo(b) < 0 ? a + " " + b : b + " " + a;
    }

    /** The text, with the devices in the order in which they were added. */
    public String text() {
        return text(null);
    }

    /** The text with the devices in a random order. */
    public String shuffled(long seed) {
        return text(new Random(seed));
    }

    private String text(Random random) {
        List<Integer> order = new ArrayList<>();
        for (int d = 0; d < devices.size(); d++) {
            order.add(d);
        }
        if (random != null) {
            Collections.shuffle(order, random);
        }
        StringBuilder text = new StringBuilder("#\n# Topology file: generated on Sat Nov 21 06:12:40 2026\n#\n");
        for (int d : order) {
            Device device = devices.get(d);
            boolean isSwitch = device.kind() == 'S';
            String bare = device.guid().replaceFirst("^0+", "");
            text.append("\nvendid=0x2c9\ndevid=0xd2f2\nsysimgguid=0x").append(bare);
            text.append(isSwitch ? "\nswitchguid=0x" + bare + "(" + bare + ")" : "\ncaguid=0x" + bare);
            text.append(isSwitch ? "\nSwitch\t129 \"S-" : "\nCa\t1 \"H-")
                    .append(device.guid())
                    .append("\"\t\t# \"");
            text.append(device.description()).append(isSwitch ? "\" enhanced port 0 lid 1 lmc 0\n" : "\"\n");
            device.ports().forEach((port, peer) -> {
                Device other = devices.get(peer.device());
                String otherBare = other.guid().replaceFirst("^0+", "");
                text.append('[').append(port).append(']').append(isSwitch ? "" : "(" + bare + ") ");
                text.append("\t\"")
                        .append(other.kind())
                        .append('-')
                        .append(other.guid())
                        .append("\"[");
                text.append(peer.port()).append(']').append(other.kind() == 'S' ? "" : "(" + otherBare + ") ");
                text.append("\t\t# ")
                        .append(isSwitch ? "" : "lid 3 lmc 0 ")
                        .append('"')
                        .append(other.description());
                text.append("\" lid 2 ").append(peer.rate()).append('\n');
            });
        }
        return text.toString();
    }
}
