package dev.berth.planner.replay;

import java.util.ArrayList;
import java.util.List;

/** A table of text: the first column to the left, the others to the right. Not thread-safe. */
final class TextTable {
    private final List<String[]> rows = new ArrayList<>();

    TextTable(String... header) {
        rows.add(header);
    }

    void add(String... cells) {
        if (cells.length != rows.get(0).length) {
            throw new IllegalArgumentException(cells.length + " cells for " + rows.get(0).length + " columns");
        }
        rows.add(cells);
    }

    /** The header and the rows. */
    List<List<String>> rows() {
        return rows.stream().map(List::of).toList();
    }

    @Override
    public String toString() {
        int[] width = new int[rows.get(0).length];
        for (String[] row : rows) {
            for (int i = 0; i < width.length; i++) {
                width[i] = Math.max(width[i], row[i].length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (String[] row : rows) {
            for (int i = 0; i < width.length; i++) {
                String blank = " ".repeat(width[i] - row[i].length());
                text.append(i == 0 ? row[i] + blank : "  " + blank + row[i]);
            }
            text.append('\n');
        }
        return text.toString();
    }
}
