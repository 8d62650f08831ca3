package dev.berth.planner.io;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.berth.planner.BadInputException;

/** Whatever the bytes, a reader gives a value or one {@link BadInputException}. */
final class ReaderFuzzTest {
    @FuzzTest(maxDuration = "60s")
    void cluster(byte[] bytes) {
        try {
            ClusterFile.parse("fuzz", bytes);
        } catch (BadInputException expected) {
            requireOnePlace(expected);
        }
    }

    @FuzzTest(maxDuration = "60s")
    void jobs(byte[] bytes) {
        try {
            JobsFile.parse("fuzz", bytes, FileCorpus.CLUSTER);
        } catch (BadInputException expected) {
            requireOnePlace(expected);
        }
    }

    private static void requireOnePlace(BadInputException e) {
        String message = String.valueOf(e.getMessage());
        if (!message.startsWith("fuzz:")) {
            throw new AssertionError("the message does not name the file: " + message, e);
        }
    }
}
