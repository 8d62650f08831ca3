package dev.berth.planner.io;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.csv.CsvFactory;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import dev.berth.planner.BadInputException;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * A CSV file with a header, gzipped or not: cells by column name, and errors that name file, line, column and value.
 * Immutable.
 */
final class CsvTable {
    /** Most bytes of text, so that a small gzip file cannot fill the memory. */
    private static final int MAX_BYTES = 1 << 29;

    private static final CsvFactory FACTORY =
            CsvFactory.builder().enable(CsvParser.Feature.SKIP_EMPTY_LINES).build();

    private final String source;
    private final Map<String, Integer> columns = new HashMap<>();
    private final List<Row> rows = new ArrayList<>();

    /** Reads a file; it is taken for gzip when it begins as gzip does. */
    static CsvTable read(Path file) {
        return new CsvTable(file.toString(), InputText.bytes(file));
    }

    /**
     * Reads bytes.
     *
     * @param source what to call them in errors
     */
    CsvTable(String source, byte[] bytes) {
        this.source = source;
        String text = InputText.utf8(source, gunzipped(source, bytes));
        if (text.startsWith("\uFEFF")) {
            text = text.substring(1);
        }
        try (CsvParser parser = FACTORY.createParser(text)) {
            while (parser.nextToken() == JsonToken.START_ARRAY) {
                int line = parser.currentLocation().getLineNr();
                List<String> cells = new ArrayList<>();
                while (parser.nextToken() == JsonToken.VALUE_STRING) {
                    cells.add(parser.getText().strip());
                }
                add(line, cells);
            }
        } catch (JsonProcessingException e) {
            int line = e.getLocation() == null ? 1 : e.getLocation().getLineNr();
            throw new BadInputException(source + ":" + line + ": is not CSV: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new BadInputException(source + ": cannot be read: " + e.getMessage(), e);
        }
        if (rows.isEmpty()) {
            throw new BadInputException(source + ":1: has no rows, allowed: a header and at least one row");
        }
    }

    private static byte[] gunzipped(String source, byte[] bytes) {
        if (bytes.length < 2 || bytes[0] != 0x1F || bytes[1] != (byte) 0x8B) {
            return bytes;
        }
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
            byte[] text = in.readNBytes(MAX_BYTES + 1);
            if (text.length > MAX_BYTES) {
                throw new BadInputException(source + ": is larger than " + MAX_BYTES + " bytes when unpacked");
            }
            return text;
        } catch (EOFException e) {
            throw new BadInputException(source + ": is not a sound gzip file: it is cut short", e);
        } catch (IOException e) {
            throw new BadInputException(source + ": is not a sound gzip file: " + e.getMessage(), e);
        }
    }

    private void add(int line, List<String> cells) {
        if (columns.isEmpty()) {
            for (String name : cells) {
                if (columns.putIfAbsent(name, columns.size()) != null) {
                    throw new BadInputException(source + ":" + line + ": column '" + name + "' is there twice");
                }
            }
        } else if (cells.size() != columns.size()) {
            throw new BadInputException(source + ":" + line + ": has " + cells.size() + " cells, allowed: "
                    + columns.size() + " as in the header");
        } else {
            rows.add(new Row(line, cells));
        }
    }

    List<Row> rows() {
        return rows;
    }

    /** A line of the file. */
    final class Row {
        private final int line;
        private final List<String> cells;

        private Row(int line, List<String> cells) {
            this.line = line;
            this.cells = cells;
        }

        /** The cell of a column that must be there. */
        String text(String column) {
            String text = optional(column);
            if (text == null) {
                throw new BadInputException(source + ":1: column '" + column + "' is missing, there are "
                        + String.join(", ", columns.keySet().stream().sorted().toList()));
            }
            return text;
        }

        /** The cell of a column, or null when the file has no such column. */
        @Nullable
        String optional(String column) {
            Integer at = columns.get(column);
            return at == null ? null : cells.get(at);
        }

        /** The cell of a column that must be there, as a whole number. */
        int number(String column, int least, int most) {
            String text = text(column);
            try {
                long value = Long.parseLong(text);
                if (value >= least && value <= most) {
                    return (int) value;
                }
            } catch (NumberFormatException e) {
                throw bad(column, text, "a whole number from " + least + " to " + most, e);
            }
            throw bad(column, text, "a whole number from " + least + " to " + most, null);
        }

        /** The error that a cell gives rise to. */
        BadInputException bad(String column, Object value, String allowed, @Nullable Throwable cause) {
            return new BadInputException(
                    source + ":" + line + ": " + column + " is '" + value + "', allowed: " + allowed, cause);
        }
    }
}
