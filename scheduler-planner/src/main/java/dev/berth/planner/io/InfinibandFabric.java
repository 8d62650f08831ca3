package dev.berth.planner.io;

import dev.berth.planner.BadInputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * An InfiniBand subnet as {@code ibnetdiscover} prints it: its devices and the cables between them. Immutable.
 *
 * @param devices switches, channel adapters and routers, in the order in which they first appear
 * @param links each cable once
 * @param notes lines that were ignored, and lines that contradict earlier ones
 */
public record InfinibandFabric(List<Device> devices, List<Link> links, List<ImportNote> notes) {
    /** What a device is. */
    public enum Kind {
        /** Forwards. */
        SWITCH,
        /** A channel adapter: a port of a host, or of something in a switch that acts like one. */
        CHANNEL_ADAPTER,
        /** Leads to another subnet. */
        ROUTER
    }

    /**
     * A device.
     *
     * @param guid its node GUID: 16 hexadecimal digits in lower case
     * @param description what it calls itself, which may be anything; empty when the file does not say
     * @param line where it first appears
     */
    public record Device(Kind kind, String guid, String description, int line) {}

    /**
     * A cable.
     *
     * @param from index of the device at one end
     * @param fromPort its port there
     * @param to index of the device at the other end
     * @param toPort its port there
     * @param gigabitsPerSecond nominal rate in one direction; 0 when unknown
     * @param line where it first appears
     */
    public record Link(int from, int fromPort, int to, int toPort, double gigabitsPerSecond, int line) {}

    /**
     * Reads what {@code ibnetdiscover} printed, with or without {@code -g}, {@code -s} or {@code -f}. The grammar is that of
     * "TOPOLOGY FILE FORMAT" in ibnetdiscover(8) of rdma-core.
     *
     * @throws BadInputException naming file, line, field, value and what is allowed
     */
    public static InfinibandFabric read(Path file) {
        return parse(file.toString(), InputText.bytes(file));
    }

    /**
     * Reads UTF-8 bytes.
     *
     * @param source what messages call them
     * @throws BadInputException as {@link #read} does
     */
    public static InfinibandFabric parse(String source, byte[] bytes) {
        return new IbnetdiscoverReader(source).read(TextLine.of(source, InputText.utf8(source, bytes)));
    }

    /**
     * Several subnets as one fabric, such as the planes of a cluster whose hosts hang on more than one.
     *
     * @param fabrics by what messages call them
     * @throws BadInputException if two of them have a switch in common
     */
    public static InfinibandFabric joined(Map<String, InfinibandFabric> fabrics) {
        Map<String, String> seen = new HashMap<>();
        List<Device> devices = new ArrayList<>();
        List<Link> links = new ArrayList<>();
        List<ImportNote> notes = new ArrayList<>();
        fabrics.forEach((source, fabric) -> {
            int first = devices.size();
            for (Device device : fabric.devices()) {
                String before = device.kind() == Kind.SWITCH ? seen.put(device.guid(), source) : null;
                if (before != null) {
                    throw new BadInputException(source + ":" + device.line() + ": the switch is '" + device.guid()
                            + "', allowed: one that " + before + " has not, for each file is one subnet");
                }
                devices.add(device);
            }
            for (Link link : fabric.links()) {
                links.add(new Link(
                        first + link.from(),
                        link.fromPort(),
                        first + link.to(),
                        link.toPort(),
                        link.gigabitsPerSecond(),
                        link.line()));
            }
            notes.addAll(fabric.notes());
        });
        return new InfinibandFabric(devices, links, notes);
    }
}
