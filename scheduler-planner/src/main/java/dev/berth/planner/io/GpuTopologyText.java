package dev.berth.planner.io;

import dev.berth.cluster.GpuModel;
import dev.berth.cluster.GpuTopology;
import dev.berth.planner.BadInputException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a node's driver says of the links between its GPUs: the text of {@code nvidia-smi topo -m} or of
 * {@code rocm-smi --showtopo}, told apart by what stands in it. Colours, blank lines and lines around the matrix do no harm;
 * the latter are among the notes.
 */
public final class GpuTopologyText {
    private GpuTopologyText() {}

    /**
     * What was read.
     *
     * @param topology the links
     * @param notes what of the text could not be used or had to be assumed, one sentence each, with the file and mostly the line
     */
    public record Reading(GpuTopology topology, List<String> notes) {
        /** Copies the notes. */
        public Reading {
            notes = List.copyOf(notes);
        }
    }

    /**
     * The topology in a file.
     *
     * @param model the GPUs' model, from which follows what a link has; null when unknown, and then it is assumed and noted
     * @throws BadInputException naming file, line, field, value and what is allowed
     */
    public static Reading read(Path file, @Nullable GpuModel model) {
        return read(file.toString(), InputText.bytes(file), model);
    }

    /**
     * The topology in the bytes of a file.
     *
     * @param source what to call the file in errors
     * @param model as above
     * @throws BadInputException naming file, line, field, value and what is allowed
     */
    public static Reading read(String source, byte[] bytes, @Nullable GpuModel model) {
        TextLines lines = new TextLines(source, bytes);
        return RocmTopology.isOne(lines) ? new RocmTopology(lines, model).read() : new TopoMatrix(lines, model).read();
    }
}
