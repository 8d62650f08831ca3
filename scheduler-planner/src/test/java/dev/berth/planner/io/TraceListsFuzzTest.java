package dev.berth.planner.io;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.berth.planner.BadInputException;

/** Whatever the bytes, the readers of the traces give a list or one {@link BadInputException} that names file and line. */
final class TraceListsFuzzTest {
    @FuzzTest(maxDuration = "60s")
    @DictionaryEntries({"sn", "cpu_milli", "memory_mib", "gpu", "model", "\\x0A", "\\\"", "1000"})
    void nodes(byte[] bytes) {
        try {
            if (OpenbNodes.read("fuzz", bytes).isEmpty()) {
                throw new AssertionError("an empty list");
            }
        } catch (BadInputException expected) {
            requirePlace(expected);
        }
    }

    @FuzzTest(maxDuration = "60s")
    @DictionaryEntries({
        "name",
        "cpu_milli",
        "memory_mib",
        "num_gpu",
        "gpu_milli",
        "gpu_spec",
        "qos",
        "pod_phase",
        "\\x0A",
        "\\\"",
        "|"
    })
    void pods(byte[] bytes) {
        try {
            if (OpenbPods.read("fuzz", bytes).isEmpty()) {
                throw new AssertionError("an empty list");
            }
        } catch (BadInputException expected) {
            requirePlace(expected);
        }
    }

    @FuzzTest(maxDuration = "60s")
    void philly(byte[] bytes) {
        try {
            if (PhillyJobs.read("fuzz", bytes).stream().anyMatch(gpus -> gpus < 1)) {
                throw new AssertionError("a job without GPUs");
            }
        } catch (BadInputException expected) {
            requirePlace(expected);
        }
    }

    private static void requirePlace(BadInputException e) {
        String message = String.valueOf(e.getMessage());
        // What is packed has no lines before it is unpacked.
        if (!message.matches("(?s)fuzz:[0-9]+:.*") && !message.startsWith("fuzz: is not a sound gzip file")) {
            throw new AssertionError("the message does not name file and line: " + message, e);
        }
    }
}
