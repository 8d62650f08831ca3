package dev.berth.planner.io;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.GpuModel;
import dev.berth.cluster.GpuTopology;
import dev.berth.cluster.LinkKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code rocm-smi --showtopo} (AMD, "ROCm SMI: topology"): matrices of weight, hops and link type between GPUs, each
 * under a title between rows of {@code =}, and the NUMA node of each GPU.
 */
final class RocmTopology {
    private static final String WEIGHT = "WEIGHT BETWEEN TWO GPUS";
    private static final String HOPS = "HOPS BETWEEN TWO GPUS";
    private static final String TYPE = "LINK TYPE BETWEEN TWO GPUS";
    private static final String NUMA = "NUMA NODES";

    private static final Pattern TITLE = Pattern.compile("=+\\s*(.*?)\\s*=+");
    private static final Pattern HEADER = Pattern.compile("GPU\\d+(?:\\s+GPU\\d+)*");
    private static final Pattern ROW = Pattern.compile("GPU(\\d{1,4})\\s+(\\S.*)");
    private static final Pattern NUMA_LINE =
            Pattern.compile("GPU\\[(\\d{1,4})\\]\\s*:\\s*\\(Topology\\)\\s*Numa (Node|Affinity)\\s*:\\s*(\\S+)");
    /** What the driver weighs one direct xGMI link with. */
    private static final int DIRECT_WEIGHT = 15;
    /** Hops of a pair whose way over PCIe leaves no host bridge. */
    private static final int HOPS_OVER_ONE_BRIDGE = 2;
    /** What a link is taken to have where the model is not given: that of MI200, the slowest. */
    private static final int UNKNOWN_LINK_GIGABYTES_PER_SECOND = 100;

    /** A matrix of the text. */
    private static final class Table {
        final int titleLine;
        int headerLine = -1;
        int gpus;
        final List<String[]> rows = new ArrayList<>();
        final List<Integer> lineOf = new ArrayList<>();

        Table(int titleLine) {
            this.titleLine = titleLine;
        }
    }

    private final TextLines lines;
    private final @Nullable GpuModel model;
    private final Map<String, Table> tables = new LinkedHashMap<>();
    private final Map<Integer, Integer> numa = new LinkedHashMap<>();
    private final Map<Integer, Integer> numaLine = new LinkedHashMap<>();

    RocmTopology(TextLines lines, @Nullable GpuModel model) {
        this.lines = lines;
        this.model = model;
    }

    /** Whether this is what rocm-smi prints. */
    static boolean isOne(TextLines lines) {
        for (int line = 0; line < lines.count(); line++) {
            if (isMatrix(title(lines.get(line))) || lines.get(line).contains("ROCm System Management Interface")) {
                return true;
            }
        }
        return false;
    }

    private static @Nullable String title(String text) {
        Matcher title = TITLE.matcher(text);
        return title.matches() ? title.group(1).toUpperCase(Locale.ROOT) : null;
    }

    private static boolean isMatrix(@Nullable String title) {
        return WEIGHT.equals(title) || HOPS.equals(title) || TYPE.equals(title);
    }

    GpuTopologyText.Reading read() {
        Table current = null;
        for (int line = 0; line < lines.count(); line++) {
            String text = lines.get(line);
            String title = title(text);
            if (title != null) {
                current = isMatrix(title) ? begin(title, line) : null;
                boolean known = current != null
                        || title.isEmpty()
                        || title.equals(NUMA)
                        || title.contains("ROCM SYSTEM MANAGEMENT INTERFACE")
                        || title.contains("END OF ROCM SMI LOG");
                if (!known) {
                    lines.stray(line);
                }
            } else if (!text.isEmpty() && !(current == null ? readNuma(line, text) : readRow(current, line, text))) {
                lines.stray(line);
            }
        }
        Table type = tables.get(TYPE);
        if (type == null) {
            throw lines.bad(
                    0, "the file has no matrix 'Link Type between two GPUs', allowed: what rocm-smi --showtopo prints");
        }
        tables.values().forEach(table -> requireWhole(table, type.gpus));
        return new GpuTopologyText.Reading(topology(type), lines.notes());
    }

    private Table begin(String title, int line) {
        Table table = new Table(line);
        Table before = tables.putIfAbsent(title, table);
        if (before != null) {
            throw lines.bad(
                    line,
                    "'" + title.toLowerCase(Locale.ROOT) + "' is on line " + (before.titleLine + 1)
                            + " already, allowed: the matrices of one node");
        }
        return table;
    }

    private boolean readRow(Table table, int line, String text) {
        if (table.headerLine < 0 && HEADER.matcher(text).matches()) {
            String[] names = text.split("\\s+", -1);
            for (int gpu = 0; gpu < names.length; gpu++) {
                requireNext(line, names[gpu], gpu);
            }
            if (names.length > Cluster.MAX_GPUS_PER_NODE) {
                throw lines.bad(
                        line,
                        "there are " + names.length + " GPUs, allowed: 0 to " + Cluster.MAX_GPUS_PER_NODE
                                + " in a node");
            }
            table.headerLine = line;
            table.gpus = names.length;
            return true;
        }
        Matcher row = ROW.matcher(text);
        if (!row.matches()) {
            return false;
        }
        if (table.headerLine < 0) {
            throw lines.bad(line, "'" + TextLines.shown(text) + "' stands before the line that names the GPUs");
        }
        requireNext(line, "GPU" + row.group(1), table.rows.size());
        String[] cells = row.group(2).split("\\s+", -1);
        if (cells.length != table.gpus || table.rows.size() >= table.gpus) {
            throw lines.bad(
                    line,
                    "GPU" + row.group(1) + " has " + cells.length + " cells, allowed: " + table.gpus + " rows of "
                            + table.gpus);
        }
        table.rows.add(cells);
        table.lineOf.add(line);
        return true;
    }

    private void requireNext(int line, String name, int gpu) {
        if (!name.equals("GPU" + gpu)) {
            throw lines.bad(
                    line,
                    "'" + TextLines.shown(name) + "' stands here, allowed: GPU" + gpu
                            + ", because the GPUs are numbered from 0");
        }
    }

    private void requireWhole(Table table, int gpus) {
        if (table.gpus != gpus || table.rows.size() != gpus || gpus == 0) {
            throw lines.bad(
                    table.titleLine,
                    "the matrix has " + table.rows.size() + " rows and " + table.gpus + " columns, allowed: "
                            + (gpus == 0 ? "at least one of each" : gpus + " of each"));
        }
    }

    private boolean readNuma(int line, String text) {
        Matcher matcher = NUMA_LINE.matcher(text);
        if (!matcher.matches()) {
            return false;
        }
        if (matcher.group(2).equals("Affinity")) {
            // The same number again, or that of the memory; the node is what counts.
            return true;
        }
        int gpu = Integer.parseInt(matcher.group(1));
        String value = matcher.group(3);
        boolean unknown = value.equals("-1") || value.equals("N/A");
        if (!unknown && (!value.matches("\\d{1,4}") || Integer.parseInt(value) > GpuTopology.MAX_NUMA)) {
            throw lines.bad(
                    line,
                    "NUMA node of GPU" + gpu + " is '" + TextLines.shown(value) + "', allowed: a number from 0 to "
                            + GpuTopology.MAX_NUMA + ", -1, N/A");
        }
        if (numa.putIfAbsent(gpu, unknown ? -1 : Integer.parseInt(value)) != null) {
            throw lines.bad(line, "the NUMA node of GPU" + gpu + " is given twice, allowed: once");
        }
        numaLine.put(gpu, line);
        return true;
    }

    private GpuTopology topology(Table type) {
        int gpus = type.gpus;
        int[] numaOf = new int[gpus];
        Arrays.fill(numaOf, -1);
        numa.forEach((gpu, node) -> {
            if (gpu < gpus) {
                numaOf[gpu] = node;
            } else {
                lines.note(numaLine.getOrDefault(gpu, -1), "names GPU" + gpu + ", which the matrices do not have");
            }
        });
        GpuTopology.Builder builder = GpuTopology.builder(gpus);
        int through = 0;
        boolean joined = false;
        for (int a = 0; a < gpus; a++) {
            builder.numa(a, numaOf[a]);
            for (int b = a + 1; b < gpus; b++) {
                String cell = typeOf(type, a, b);
                int weight = number(WEIGHT, a, b, DIRECT_WEIGHT);
                int hops = number(HOPS, a, b, 1);
                if (cell.equals("PCIE")) {
                    builder.link(a, b, overPcie(hops, numaOf[a], numaOf[b]));
                } else if (weight <= DIRECT_WEIGHT && hops <= 1) {
                    builder.link(a, b, LinkKind.XGMI, linkGigabytesPerSecond());
                    joined = true;
                } else {
                    builder.link(a, b, LinkKind.PIX);
                    through++;
                }
            }
        }
        if (through > 0) {
            lines.note(
                    type.titleLine,
                    through + " pairs reach each other by xGMI over other GPUs only, which is taken for PIX");
        }
        if (joined && (model == null || model.oneLinkGigabytesPerSecond() == 0)) {
            lines.note(
                    -1,
                    (model == null ? "the GPU model is not given" : "no xGMI is known of " + model.name())
                            + ", so that a link is taken to have " + UNKNOWN_LINK_GIGABYTES_PER_SECOND
                            + " GB/s in both directions");
        }
        return builder.build();
    }

    private int linkGigabytesPerSecond() {
        int known = model == null ? 0 : model.oneLinkGigabytesPerSecond();
        return known == 0 ? UNKNOWN_LINK_GIGABYTES_PER_SECOND : known;
    }

    /** rocm-smi says PCIE and hops only; which bridges lie between follows from the NUMA nodes as far as it can. */
    private static LinkKind overPcie(int hops, int numaA, int numaB) {
        if (numaA >= 0 && numaB >= 0 && numaA != numaB) {
            return LinkKind.SYS;
        }
        if (hops <= HOPS_OVER_ONE_BRIDGE) {
            return LinkKind.PHB;
        }
        return numaA >= 0 && numaB >= 0 ? LinkKind.NODE : LinkKind.SYS;
    }

    private String typeOf(Table type, int a, int b) {
        String cell = type.rows.get(a)[b];
        String back = type.rows.get(b)[a];
        if (!cell.equals("XGMI") && !cell.equals("PCIE")) {
            throw lines.bad(
                    type.lineOf.get(a),
                    "link type of GPU" + a + " to GPU" + b + " is '" + TextLines.shown(cell)
                            + "', allowed: XGMI, PCIE");
        }
        if (!cell.equals(back)) {
            throw lines.bad(
                    type.lineOf.get(b),
                    "link type of GPU" + b + " to GPU" + a + " is '" + TextLines.shown(back) + "', allowed: '" + cell
                            + "' as on line " + (type.lineOf.get(a) + 1));
        }
        return cell;
    }

    private int number(String title, int a, int b, int missing) {
        Table table = tables.get(title);
        if (table == null) {
            return missing;
        }
        String cell = table.rows.get(a)[b];
        if (!cell.matches("\\d{1,6}")) {
            throw lines.bad(
                    table.lineOf.get(a),
                    "GPU" + a + " to GPU" + b + " is '" + TextLines.shown(cell)
                            + "', allowed: a number of up to 6 digits");
        }
        return Integer.parseInt(cell);
    }
}
