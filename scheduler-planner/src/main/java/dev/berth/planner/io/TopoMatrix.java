package dev.berth.planner.io;

import dev.berth.cluster.Cluster;
import dev.berth.cluster.GpuModel;
import dev.berth.cluster.GpuNic;
import dev.berth.cluster.GpuTopology;
import dev.berth.cluster.LinkKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the matrix of {@code nvidia-smi topo -m} by its legend (nvidia-smi(1), "topo"): a header that names GPUs and NICs, a
 * row for each, cells {@code X, NV#, PIX, PXB, PHB, NODE, SYS} (and {@code SOC}, the old word for {@code SYS}), then CPU
 * affinity and NUMA affinity. On wide nodes cells run together, so they are cut at the words of the legend, not only at
 * blanks.
 */
final class TopoMatrix {
    private static final String CELLS = "X, NV1 to NV18, PIX, PXB, PHB, NODE, SYS";
    private static final Pattern CELL = Pattern.compile("X|NV(\\d{1,2})|PIX|PXB|PHB|NODE|SYS|SOC");
    /** Where the next column begins when names run together. */
    private static final Pattern NAME_START = Pattern.compile("(?<=[^\\s])(?=GPU\\d|NIC\\d|mlx\\d)|\\s+");

    private static final Pattern NIC_LEGEND = Pattern.compile("(NIC\\d+)\\s*:\\s*(\\S+)");
    private static final Pattern LEGEND = Pattern.compile("(?:X|SYS|SOC|NODE|PHB|PXB|PIX|NV#)\\s*=.*");
    private static final List<String> TAIL = List.of("CPU Affinity", "NUMA Affinity", "GPU NUMA ID");
    private static final int MAX_LANES = 18;

    private final TextLines lines;
    private final @Nullable GpuModel model;
    /** Names of the columns, GPUs first. */
    private List<String> columns = List.of();

    private final List<String> titles = new ArrayList<>();
    private int gpus;
    private int headerLine;
    /** Cells of each row, or null for a row that is not there. */
    private @Nullable String[][] cells = new String[0][];

    private int[] lineOf = new int[0];
    private int[] numa = new int[0];
    private final Map<String, String> nicNames = new HashMap<>();

    TopoMatrix(TextLines lines, @Nullable GpuModel model) {
        this.lines = lines;
        this.model = model;
    }

    GpuTopologyText.Reading read() {
        readHeader();
        cells = new String[columns.size()][];
        lineOf = new int[columns.size()];
        numa = new int[gpus];
        Arrays.fill(numa, -1);
        for (int line = headerLine + 1; line < lines.count(); line++) {
            readLine(line);
        }
        for (int gpu = 0; gpu < gpus; gpu++) {
            if (cells[gpu] == null) {
                throw lines.bad(headerLine, "GPU" + gpu + " has no row, allowed: a row for each GPU of the header");
            }
        }
        if (titles.contains(TAIL.get(0))) {
            lines.note(headerLine, "'CPU Affinity' is not used");
        }
        GpuTopology.Builder builder = GpuTopology.builder(gpus);
        joinGpus(builder);
        addNics(builder);
        for (int gpu = 0; gpu < gpus; gpu++) {
            builder.numa(gpu, numa[gpu]);
        }
        return new GpuTopologyText.Reading(builder.build(), lines.notes());
    }

    /** Names, the first of them a GPU's; a row has a cell after the first. */
    private static boolean isHeader(String text) {
        String[] names = NAME_START.split(text.substring(0, namesEnd(text)).strip(), 3);
        return names[0].matches("GPU\\d+")
                && (names.length == 1 || !CELL.matcher(names[1]).lookingAt());
    }

    /** Where the names of a header end and the titles of the other columns begin. */
    private static int namesEnd(String header) {
        int end = header.length();
        for (String title : TAIL) {
            int at = header.indexOf(title);
            end = at < 0 ? end : Math.min(end, at);
        }
        return end;
    }

    private void readHeader() {
        while (headerLine < lines.count() && !isHeader(lines.get(headerLine))) {
            if (!lines.get(headerLine).isEmpty()) {
                lines.stray(headerLine);
            }
            headerLine++;
        }
        if (headerLine == lines.count()) {
            throw lines.bad(
                    0,
                    "the file has no line that names the GPUs (GPU0 GPU1 ...), allowed: what nvidia-smi topo -m or rocm-smi"
                            + " --showtopo prints");
        }
        String header = lines.get(headerLine);
        for (String title : TAIL) {
            if (header.contains(title)) {
                titles.add(title);
            }
        }
        columns = List.of(NAME_START.split(header.substring(0, namesEnd(header)).strip(), -1));
        while (gpus < columns.size() && columns.get(gpus).startsWith("GPU")) {
            if (!columns.get(gpus).equals("GPU" + gpus)) {
                throw lines.bad(
                        headerLine,
                        "column " + (gpus + 1) + " is '" + TextLines.shown(columns.get(gpus)) + "', allowed: GPU" + gpus
                                + ", because the GPUs stand first and are numbered from 0");
            }
            gpus++;
        }
        if (gpus > Cluster.MAX_GPUS_PER_NODE) {
            throw lines.bad(
                    headerLine,
                    "there are " + gpus + " GPUs, allowed: 0 to " + Cluster.MAX_GPUS_PER_NODE + " in a node");
        }
        for (int column = gpus; column < columns.size(); column++) {
            String name = columns.get(column);
            if (name.startsWith("GPU") || columns.indexOf(name) != column) {
                throw lines.bad(
                        headerLine,
                        "column " + (column + 1) + " is '" + TextLines.shown(name)
                                + "', allowed: the GPUs first, then each NIC once");
            }
        }
    }

    private void readLine(int line) {
        String text = lines.get(line);
        Matcher nic = NIC_LEGEND.matcher(text);
        int row = rowOf(text);
        if (row >= 0) {
            if (cells[row] != null) {
                throw lines.bad(
                        line,
                        columns.get(row) + " has a row on line " + (lineOf[row] + 1)
                                + " already, allowed: the matrix of one node");
            }
            lineOf[row] = line;
            readRow(line, row, text.substring(columns.get(row).length()));
        } else if (nic.matches()) {
            readNicName(line, nic.group(1), nic.group(2));
        } else if (isHeader(text)) {
            throw lines.bad(
                    line,
                    "'" + TextLines.shown(text) + "' names GPUs after the header on line " + (headerLine + 1)
                            + ", allowed: one matrix, with a row for each name of its header");
        } else if (!text.isEmpty()
                && !LEGEND.matcher(text).matches()
                && !text.equals("Legend:")
                && !text.equals("NIC Legend:")) {
            lines.stray(line);
        }
    }

    /** The column that a line is the row of: that with the longest name with which it begins; or -1. */
    private int rowOf(String text) {
        int best = -1;
        for (int column = 0; column < columns.size(); column++) {
            String name = columns.get(column);
            if (text.startsWith(name)
                    && (best < 0 || name.length() > columns.get(best).length())
                    && (text.length() == name.length() || isCellOrBlank(text.substring(name.length())))) {
                best = column;
            }
        }
        return best;
    }

    private static boolean isCellOrBlank(String text) {
        return Character.isWhitespace(text.charAt(0)) || CELL.matcher(text).lookingAt();
    }

    private void readRow(int line, int row, String rest) {
        String[] found = new String[columns.size()];
        int count = 0;
        List<String> tail = new ArrayList<>();
        for (String chunk : rest.strip().split("\\s+", -1)) {
            int at = 0;
            Matcher cell = CELL.matcher(chunk);
            while (at < chunk.length() && count < found.length) {
                cell.region(at, chunk.length());
                if (!cell.lookingAt() || isNumberGoingOn(cell, chunk)) {
                    throw badCell(line, row, count, chunk.substring(at));
                }
                found[count++] = cell.group();
                at = cell.end();
            }
            if (at < chunk.length()) {
                tail.add(chunk.substring(at));
            }
        }
        if (count < found.length) {
            throw lines.bad(
                    line,
                    columns.get(row) + " has " + count + " cells, allowed: " + found.length
                            + ", one for each name of the header");
        }
        cells[row] = found;
        readTail(line, row, tail);
    }

    /** "NV120-55" may be NV1 or NV12. */
    private static boolean isNumberGoingOn(Matcher cell, String chunk) {
        return cell.group(1) != null && cell.end() < chunk.length() && Character.isDigit(chunk.charAt(cell.end()));
    }

    private RuntimeException badCell(int line, int row, int column, String text) {
        return lines.bad(
                line,
                columns.get(row) + " to " + columns.get(column) + " is '" + TextLines.shown(text) + "', allowed: "
                        + CELLS);
    }

    private void readTail(int line, int row, List<String> tail) {
        if (row >= gpus || tail.isEmpty()) {
            if (!tail.isEmpty()) {
                lines.note(line, "'" + TextLines.shown(String.join(" ", tail)) + "' after the cells is not used");
            }
            return;
        }
        if (tail.size() != titles.size()) {
            lines.note(
                    line,
                    "'" + TextLines.shown(String.join(" ", tail)) + "' cannot be told apart as " + titles
                            + ", so that the NUMA node of " + columns.get(row) + " is unknown");
            return;
        }
        int at = titles.indexOf(TAIL.get(1));
        if (at < 0 || tail.get(at).toUpperCase(Locale.ROOT).equals("N/A")) {
            return;
        }
        String value = tail.get(at);
        if (value.matches("\\d{1,4}") && Integer.parseInt(value) <= GpuTopology.MAX_NUMA) {
            numa[row] = Integer.parseInt(value);
        } else if (value.matches("[\\d,-]+")) {
            lines.note(
                    line,
                    "the NUMA affinity of " + columns.get(row) + " is '" + TextLines.shown(value)
                            + "', which is not one node, so that it is unknown");
        } else {
            throw lines.bad(
                    line,
                    "NUMA affinity of " + columns.get(row) + " is '" + TextLines.shown(value)
                            + "', allowed: a number from 0 to " + GpuTopology.MAX_NUMA + ", a list of numbers, N/A");
        }
    }

    private void readNicName(int line, String column, String name) {
        if (!columns.contains(column)) {
            lines.note(line, "names " + TextLines.shown(column) + ", which the header does not have");
        } else if (nicNames.putIfAbsent(column, name) != null) {
            throw lines.bad(line, column + " is named twice, allowed: once");
        }
    }

    private String cell(int row, int column) {
        String[] found = cells[row];
        if (found == null) {
            throw new IllegalStateException("row " + row + " is missing");
        }
        return found[column].equals("SOC") ? "SYS" : found[column];
    }

    private void joinGpus(GpuTopology.Builder builder) {
        int generation = generation();
        for (int a = 0; a < gpus; a++) {
            for (int b = 0; b < columns.size(); b++) {
                String cell = cell(a, b);
                if (cell.equals("X") != (a == b)) {
                    throw badCell(lineOf[a], a, b, cell);
                }
                if (cells[b] != null && !cell.equals(cell(b, a))) {
                    throw lines.bad(
                            lineOf[b],
                            columns.get(b) + " to " + columns.get(a) + " is '" + cell(b, a) + "', allowed: '" + cell
                                    + "' as on line " + (lineOf[a] + 1));
                }
                if (a < b && b < gpus) {
                    join(builder, a, b, cell, generation);
                }
            }
        }
    }

    private void join(GpuTopology.Builder builder, int a, int b, String cell, int generation) {
        if (!cell.startsWith("NV")) {
            builder.link(a, b, LinkKind.valueOf(cell));
            return;
        }
        int lanes = Integer.parseInt(cell.substring(2));
        int most = model == null ? MAX_LANES : model.links();
        if (lanes < 1 || lanes > most || generation == 0) {
            throw lines.bad(
                    lineOf[a],
                    columns.get(a) + " to " + columns.get(b) + " is '" + cell + "', allowed: "
                            + (generation == 0 && model != null
                                    ? "no NVLink, because the model is " + model.name()
                                    : "NV1 to NV" + most + (model == null ? "" : " for " + model.name())));
        }
        builder.nvlink(a, b, lanes, generation);
    }

    /** Generation of the NVLinks: the model's, or the oldest that has as many lanes as the largest cell. */
    private int generation() {
        int most = 0;
        for (int a = 0; a < gpus; a++) {
            for (int b = 0; b < gpus; b++) {
                String cell = cell(a, b);
                most = Math.max(most, cell.startsWith("NV") ? Integer.parseInt(cell.substring(2)) : 0);
            }
        }
        if (model != null) {
            return model.nvlinkGeneration();
        }
        int generation = most <= 6 ? 2 : most <= 12 ? 3 : 4;
        if (most > 0) {
            lines.note(
                    -1,
                    "the GPU model is not given, so that NVLinks are taken for generation " + generation
                            + ", 50 GB/s each in both directions");
        }
        return generation;
    }

    private void addNics(GpuTopology.Builder builder) {
        int rails = 0;
        List<String> far = new ArrayList<>();
        HashSet<String> names = new HashSet<>();
        for (int column = gpus; column < columns.size(); column++) {
            List<LinkKind> distances = new ArrayList<>();
            boolean near = false;
            for (int gpu = 0; gpu < gpus; gpu++) {
                String cell = cell(gpu, column);
                if (cell.startsWith("NV")) {
                    throw lines.bad(
                            lineOf[gpu],
                            columns.get(gpu) + " to " + columns.get(column) + " is '" + cell
                                    + "', allowed: PIX, PXB, PHB, NODE, SYS, because it is no GPU");
                }
                LinkKind kind = LinkKind.valueOf(cell);
                near |= kind == LinkKind.PIX || kind == LinkKind.PXB;
                distances.add(kind);
            }
            String name = nicNames.getOrDefault(columns.get(column), columns.get(column));
            if (!names.add(name)) {
                throw lines.bad(headerLine, "NIC '" + TextLines.shown(name) + "' is there twice, allowed: once each");
            }
            if (!near) {
                far.add(name);
            } else if (rails > GpuTopology.MAX_RAIL) {
                throw lines.bad(
                        headerLine,
                        "more than " + rails + " NICs are near GPUs, allowed: " + (GpuTopology.MAX_RAIL + 1)
                                + " rails");
            }
            builder.nic(new GpuNic(name, near ? rails++ : -1, distances));
        }
        if (!far.isEmpty()) {
            lines.note(
                    -1,
                    "no GPU reaches " + String.join(", ", far)
                            + " without the CPU (PIX or PXB), so that they are on no rail");
        }
    }
}
