package dev.berth.planner.io;

import dev.berth.planner.BadInputException;
import dev.berth.planner.io.InfinibandFabric.Device;
import dev.berth.planner.io.InfinibandFabric.Kind;
import dev.berth.planner.io.InfinibandFabric.Link;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the text of {@code ibnetdiscover} line by line. A line about a device or a cable must be whole; other lines that are not of the
 * format (warnings of the tool end up among them) are noted and skipped. Not thread-safe; for one text.
 */
final class IbnetdiscoverReader {
    private static final String ID = "\"([SHR])-([0-9a-fA-F]{1,16})\"";
    private static final String PORT_GUID = "[ \\t]*(?:\\([0-9a-fA-F]{1,16}\\))?[ \\t]*";
    private static final String EXTERNAL = "(?:\\[ext [0-9]{1,3}\\])?";

    /** A switch, channel adapter ("Ca") or router ("Rt"). */
    private static final Pattern DEVICE =
            Pattern.compile("(Switch|Ca|Rt)[ \\t]+([0-9]{1,3})[ \\t]+" + ID + "[ \\t]*(?:#(.*))?");

    /** A port, and what is at the other end of its cable. */
    private static final Pattern PORT = Pattern.compile("\\[([0-9]{1,3})\\]" + EXTERNAL + PORT_GUID + ID
            + "\\[([0-9]{1,3})\\]" + EXTERNAL + PORT_GUID + "(?:#(.*))?");

    /** What else the tool prints: identifiers, and headings of chassis. */
    private static final Pattern OTHER = Pattern.compile(
            "(?:vendid|devid|sysimgguid|switchguid|caguid|rtguid)=.*|Chassis [0-9]+.*|Hostname:.*|Non-Chassis Nodes.*");

    private static final Pattern RATE =
            Pattern.compile(".*\\b([0-9]{1,2})x(SDR|DDR|QDR|FDR10|FDR|EDR|HDR|NDR|XDR)\\b.*");

    /** Nominal Gb/s of a lane in one direction (InfiniBand Trade Association, roadmap: 4x is 10, 20, 40, 40, 56, 100, 200, 400, 800). */
    private static final Map<String, Double> LANE_GIGABITS_PER_SECOND = Map.of(
            "SDR", 2.5, "DDR", 5.0, "QDR", 10.0, "FDR10", 10.0, "FDR", 14.0, "EDR", 25.0, "HDR", 50.0, "NDR", 100.0,
            "XDR", 200.0);

    private static final int MAX_PORT = 254;
    private static final int SHOWN_LINES = 5;

    private final String source;
    private final List<Device> devices = new ArrayList<>();
    private final Map<String, Integer> byGuid = new HashMap<>();
    private final List<Link> links = new ArrayList<>();
    private final Map<Long, Link> byPort = new HashMap<>();
    private final List<ImportNote> notes = new ArrayList<>();
    private int current = -1;
    private int currentPorts;
    private int strange;
    private boolean unknownRates;

    IbnetdiscoverReader(String source) {
        this.source = source;
    }

    InfinibandFabric read(List<TextLine> lines) {
        for (TextLine line : lines) {
            read(line);
        }
        if (devices.isEmpty()) {
            throw new BadInputException(
                    source + ":1: names no switch and no channel adapter, allowed: what ibnetdiscover"
                            + " prints without -l, -H, -S, -R and -p");
        }
        if (strange > SHOWN_LINES) {
            notes.add(new ImportNote(source, 0, "so were " + (strange - SHOWN_LINES) + " further lines"));
        }
        if (unknownRates) {
            notes.add(new ImportNote(source, 0, "some links have no rate that is known here"));
        }
        return new InfinibandFabric(List.copyOf(devices), List.copyOf(links), List.copyOf(notes));
    }

    private void read(TextLine line) {
        String text = line.text().strip();
        if (text.isEmpty() || text.startsWith("#")) {
            return;
        }
        Matcher device = DEVICE.matcher(text);
        Matcher port = PORT.matcher(text);
        if (device.matches()) {
            readDevice(line, device);
        } else if (port.matches()) {
            readPort(line, port);
        } else if (text.startsWith("[") || text.matches("(?:Switch|Ca|Rt)[ \\t].*")) {
            throw line.bad(
                    "the line",
                    text,
                    text.startsWith("[")
                            ? "a port such as [1] \"S-0002c90200481d78\"[17] # \"leaf1\" lid 4 4xNDR"
                            : "a device such as Switch 64 \"S-0002c90200481d78\" # \"leaf1\"");
        } else if (!OTHER.matcher(text).matches()) {
            strange++;
            if (strange <= SHOWN_LINES) {
                notes.add(line.note("'" + TextLine.shown(text) + "' is no line of ibnetdiscover; skipped"));
            }
        }
    }

    private void readDevice(TextLine line, Matcher match) {
        Kind kind = kind(group(match, 3));
        Kind said = kind(
                switch (group(match, 1)) {
                    case "Switch" -> "S";
                    case "Ca" -> "H";
                    default -> "R";
                });
        if (kind != said) {
            throw line.bad("the id", group(match, 3) + "-" + group(match, 4), "one that goes with " + group(match, 1));
        }
        currentPorts = Integer.parseInt(group(match, 2));
        current = device(line, kind, guid(group(match, 4)), quoted(match.group(5)));
    }

    private void readPort(TextLine line, Matcher match) {
        if (current < 0) {
            throw line.bad("the line", line.text().strip(), "a port after the line of its device");
        }
        int port = port(line, group(match, 1));
        if (port > currentPorts) {
            throw line.bad("the port", group(match, 1), "1 to " + currentPorts + ", the ports that its device has");
        }
        int remotePort = port(line, group(match, 4));
        String comment = match.group(5);
        int remote = device(line, kind(group(match, 2)), guid(group(match, 3)), quoted(comment));
        double rate = rate(comment);
        unknownRates |= rate == 0;
        connect(line, new Link(current, port, remote, remotePort, rate, line.number()));
    }

    /** Adds a cable, unless it is there already or contradicts one that is. */
    private void connect(TextLine line, Link link) {
        if (link.from() == link.to()) {
            notes.add(line.note("a cable from " + name(link.from()) + " to itself; not used"));
            return;
        }
        Link here = byPort.get(end(link.from(), link.fromPort()));
        Link there = byPort.get(end(link.to(), link.toPort()));
        if (here == null && there == null) {
            links.add(link);
            byPort.put(end(link.from(), link.fromPort()), link);
            byPort.put(end(link.to(), link.toPort()), link);
        } else if (!Objects.equals(here, there)) {
            Link other = here == null ? there : here;
            notes.add(line.note("port " + link.fromPort() + " of " + name(link.from()) + " to port " + link.toPort()
                    + " of " + name(link.to()) + " contradicts line " + (other == null ? 0 : other.line())
                    + "; not used"));
        }
    }

    private static long end(int device, int port) {
        return (long) device << 8 | port;
    }

    private int device(TextLine line, Kind kind, String guid, String description) {
        Integer known = byGuid.putIfAbsent(guid, devices.size());
        if (known == null) {
            devices.add(new Device(kind, guid, description, line.number()));
            return devices.size() - 1;
        }
        Device before = devices.get(known);
        if (before.kind() != kind) {
            throw line.bad("the GUID", guid, "one that no device of another kind has; line " + before.line() + " has");
        }
        if (before.description().isEmpty() && !description.isEmpty()) {
            devices.set(known, new Device(kind, guid, description, before.line()));
        }
        return known;
    }

    private String name(int device) {
        Device one = devices.get(device);
        return one.description().isEmpty() ? one.guid() : "'" + TextLine.shown(one.description()) + "'";
    }

    private static int port(TextLine line, String digits) {
        int port = Integer.parseInt(digits);
        if (port < 1 || port > MAX_PORT) {
            throw line.bad("the port", digits, "1 to " + MAX_PORT);
        }
        return port;
    }

    private static Kind kind(String letter) {
        return switch (letter) {
            case "S" -> Kind.SWITCH;
            case "H" -> Kind.CHANNEL_ADAPTER;
            default -> Kind.ROUTER;
        };
    }

    private static String guid(String digits) {
        return "0".repeat(16 - digits.length()) + digits.toLowerCase(Locale.ROOT);
    }

    /** What stands between the first and the last quote of a comment; a description may have quotes itself. */
    private static String quoted(@Nullable String comment) {
        int first = comment == null ? -1 : comment.indexOf('"');
        int last = comment == null ? -1 : comment.lastIndexOf('"');
        return comment == null || first == last
                ? ""
                : comment.substring(first + 1, last).strip();
    }

    private static double rate(@Nullable String comment) {
        if (comment == null) {
            return 0;
        }
        Matcher match = RATE.matcher(comment.substring(comment.lastIndexOf('"') + 1));
        return match.matches()
                ? Integer.parseInt(group(match, 1)) * LANE_GIGABITS_PER_SECOND.getOrDefault(group(match, 2), 0.0)
                : 0;
    }

    /** A group that is there whenever the pattern matches. */
    private static String group(Matcher match, int group) {
        String text = match.group(group);
        return text == null ? "" : text;
    }
}
