package dev.berth.planner.io;

import dev.berth.planner.BadInputException;
import java.nio.file.Path;
import java.util.List;

/**
 * Reads the sizes of the jobs in a list of Microsoft's Philly trace (Jeon et al., USENIX ATC 2019): a CSV file with a column
 * {@code gpus}, others ignored, one line for each job.
 */
public final class PhillyJobs {
    /** Most GPUs of a job that the reader takes: more than the largest in the trace, 128. */
    public static final int MAX_GPUS = 65_536;

    private PhillyJobs() {}

    /**
     * GPUs of each job of a file, gzipped or not, in its order; each 1 or more.
     *
     * @throws BadInputException if the file cannot be used
     */
    public static List<Integer> read(Path file) {
        return gpus(CsvTable.read(file));
    }

    /**
     * GPUs of each job in the bytes of a file.
     *
     * @param source what to call the file in errors
     * @throws BadInputException if the bytes cannot be used
     */
    public static List<Integer> read(String source, byte[] bytes) {
        return gpus(new CsvTable(source, bytes));
    }

    private static List<Integer> gpus(CsvTable table) {
        return table.rows().stream().map(row -> row.number("gpus", 1, MAX_GPUS)).toList();
    }
}
