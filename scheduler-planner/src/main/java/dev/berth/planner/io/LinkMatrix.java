package dev.berth.planner.io;

import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.berth.cluster.GpuModel;
import dev.berth.cluster.GpuTopology;
import dev.berth.cluster.LinkKind;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A link matrix as rows of cells with blanks between: {@code X} for the GPU itself; {@code NV12} for bonded NVLinks of the model's
 * generation, {@code NV12/3} for those of another; {@code NVLINK:600} and {@code XGMI:128} with GB/s; {@code PIX}, {@code PXB},
 * {@code PHB}, {@code NODE}, {@code SYS}.
 */
final class LinkMatrix {
    private static final Pattern BONDED = Pattern.compile("NV([0-9]{1,2})(?:/([0-9]))?");
    private static final Pattern SPEED = Pattern.compile("(NVLINK|XGMI):([0-9]{1,5})");
    private static final Pattern BLANKS = Pattern.compile("\\s+");
    private static final List<String> OTHERS = List.of("PIX", "PXB", "PHB", "NODE", "SYS");

    private final int gpus;
    private final @Nullable GpuModel model;

    LinkMatrix(int gpus, @Nullable GpuModel model) {
        this.gpus = gpus;
        this.model = model;
    }

    void read(YamlValue links, GpuTopology.Builder builder) {
        List<YamlValue> rows = links.items();
        if (rows.size() != gpus) {
            throw links.complain("has " + rows.size() + " rows, allowed: one for each of " + gpus + " GPUs");
        }
        String[][] cells = new String[gpus][];
        for (int a = 0; a < gpus; a++) {
            cells[a] = cells(rows.get(a), gpus);
            for (int b = 0; b <= a; b++) {
                if (a == b ? !cells[a][b].equals("X") : !cells[a][b].equals(cells[b][a])) {
                    throw rows.get(a)
                            .complain("has " + shown(cells[a][b]) + " for GPU " + b + ", allowed: "
                                    + (a == b
                                            ? "X, because it is the GPU itself"
                                            : "the same as row " + b + " has, " + shown(cells[b][a])));
                }
                if (a != b) {
                    link(rows.get(a), cells[a][b], a, b, builder);
                }
            }
        }
    }

    private static String shown(String cell) {
        return cell.length() > 20 ? cell.substring(0, 20) + "..." : cell;
    }

    private static String[] cells(YamlValue row, int gpus) {
        String[] cells = BLANKS.split(row.text().strip(), -1);
        if (cells.length != gpus) {
            throw row.complain("has " + cells.length + " cells, allowed: one for each of " + gpus + " GPUs");
        }
        return cells;
    }

    private void link(YamlValue row, String cell, int a, int b, GpuTopology.Builder builder) {
        Matcher bonded = BONDED.matcher(cell);
        Matcher speed = SPEED.matcher(cell);
        if (bonded.matches()) {
            int known = model == null ? 0 : model.nvlinkGeneration();
            if (bonded.group(2) == null && known == 0) {
                throw row.complain(
                        "has " + cell + " for GPU " + b + ", allowed where the model's NVLink generation is not"
                                + " known: the generation behind it, such as " + cell + "/3");
            }
            builder.nvlink(
                    a,
                    b,
                    Integer.parseInt(bonded.group(1)),
                    bonded.group(2) == null ? known : Integer.parseInt(bonded.group(2)));
        } else if (speed.matches()) {
            builder.link(a, b, LinkKind.valueOf(speed.group(1)), Integer.parseInt(speed.group(2)));
        } else if (OTHERS.contains(cell)) {
            builder.link(a, b, LinkKind.valueOf(cell));
        } else {
            throw row.complain("has '" + shown(cell) + "' for GPU " + b
                    + ", allowed: NV with a number of links, NVLINK: or XGMI: with GB/s, " + String.join(", ", OTHERS));
        }
    }

    /** How each GPU reaches a NIC: one cell a GPU. */
    static List<LinkKind> distances(YamlValue row, int gpus) {
        List<LinkKind> distances = new ArrayList<>();
        for (String cell : cells(row, gpus)) {
            if (!OTHERS.contains(cell)) {
                throw row.complain("has '" + shown(cell) + "', allowed: " + String.join(", ", OTHERS));
            }
            distances.add(LinkKind.valueOf(cell));
        }
        return distances;
    }

    static String text(List<LinkKind> distances) {
        return distances.stream().map(Enum::name).collect(Collectors.joining(" "));
    }

    static ArrayNode write(GpuTopology topology, ArrayNode rows) {
        for (int a = 0; a < topology.gpuCount(); a++) {
            List<String> cells = new ArrayList<>();
            for (int b = 0; b < topology.gpuCount(); b++) {
                cells.add(a == b ? "X" : cell(topology, a, b));
            }
            rows.add(String.join(" ", cells));
        }
        return rows;
    }

    private static String cell(GpuTopology topology, int a, int b) {
        LinkKind kind = topology.linkKind(a, b);
        if (!kind.joinsIslands()) {
            return kind.name();
        }
        return topology.nvlinkLanes(a, b) > 0
                ? "NV" + topology.nvlinkLanes(a, b) + "/" + topology.nvlinkGeneration(a, b)
                : kind.name() + ":" + topology.linkGigabytesPerSecond(a, b);
    }

    /** Gives a pair the link that it has in another topology. */
    static void copy(GpuTopology from, int a, int b, GpuTopology.Builder to) {
        LinkKind kind = from.linkKind(a, b);
        if (!kind.joinsIslands()) {
            to.link(a, b, kind);
        } else if (from.nvlinkLanes(a, b) > 0) {
            to.nvlink(a, b, from.nvlinkLanes(a, b), from.nvlinkGeneration(a, b));
        } else {
            to.link(a, b, kind, from.linkGigabytesPerSecond(a, b));
        }
    }
}
