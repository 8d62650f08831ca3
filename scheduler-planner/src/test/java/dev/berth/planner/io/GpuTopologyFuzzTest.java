package dev.berth.planner.io;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.berth.cluster.GpuCatalog;
import dev.berth.planner.BadInputException;

/** Whatever the bytes, the reader gives a topology or one {@link BadInputException} that names file and line. */
final class GpuTopologyFuzzTest {
    @FuzzTest(maxDuration = "60s")
    void topology(byte[] bytes) {
        int kind = bytes.length % 3;
        String model = kind == 0 ? "none" : kind == 1 ? "H100" : "MI300X";
        try {
            GpuTopologyText.Reading reading =
                    GpuTopologyText.read("fuzz", bytes, GpuCatalog.builtIn().find(model, 0));
            for (String note : reading.notes()) {
                if (!note.startsWith("fuzz:")) {
                    throw new AssertionError("the note does not name the file: " + note);
                }
            }
        } catch (BadInputException expected) {
            if (!String.valueOf(expected.getMessage()).matches("(?s)fuzz:\\d+: .*")) {
                throw new AssertionError("the message does not name file and line: " + expected.getMessage(), expected);
            }
        }
    }
}
