package dev.berth.planner.io;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.berth.planner.BadInputException;

/** Whatever the bytes, the readers of the traces give a list or one {@link BadInputException} that names the file. */
final class TraceListsFuzzTest {
    @FuzzTest(maxDuration = "60s")
    void nodes(byte[] bytes) {
        try {
            if (OpenbNodes.read("fuzz", bytes).isEmpty()) {
                throw new AssertionError("an empty list");
            }
        } catch (BadInputException expected) {
            requireTheFile(expected);
        }
    }

    @FuzzTest(maxDuration = "60s")
    void pods(byte[] bytes) {
        try {
            if (OpenbPods.read("fuzz", bytes).isEmpty()) {
                throw new AssertionError("an empty list");
            }
        } catch (BadInputException expected) {
            requireTheFile(expected);
        }
    }

    @FuzzTest(maxDuration = "60s")
    void philly(byte[] bytes) {
        try {
            if (PhillyJobs.read("fuzz", bytes).stream().anyMatch(gpus -> gpus < 1)) {
                throw new AssertionError("a job without GPUs");
            }
        } catch (BadInputException expected) {
            requireTheFile(expected);
        }
    }

    private static void requireTheFile(BadInputException e) {
        String message = String.valueOf(e.getMessage());
        if (!message.startsWith("fuzz:")) {
            throw new AssertionError("the message does not name the file: " + message, e);
        }
    }
}
