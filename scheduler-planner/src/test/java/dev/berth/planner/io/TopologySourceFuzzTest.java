package dev.berth.planner.io;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.berth.planner.BadInputException;

/** Whatever the bytes, the readers of topology give a value or one {@link BadInputException} that names the file. */
final class TopologySourceFuzzTest {
    @FuzzTest(maxDuration = "60s")
    void ibnetdiscover(byte[] bytes) {
        require(() -> InfinibandFabric.parse("fuzz", bytes).devices().isEmpty());
    }

    @FuzzTest(maxDuration = "60s")
    void topograph(byte[] bytes) {
        require(() -> TopographGraph.parse("fuzz", bytes).instances() == null);
    }

    @FuzzTest(maxDuration = "60s")
    void slurm(byte[] bytes) {
        require(() -> {
            SlurmTopologies read = SlurmTopologies.parse("fuzz", bytes);
            return read.notes().isEmpty()
                    && read.topologies().stream()
                            .allMatch(one ->
                                    one.switches().isEmpty() && one.blocks().isEmpty());
        });
    }

    private interface Reading {
        boolean isWrong();
    }

    private static void require(Reading reading) {
        try {
            if (reading.isWrong()) {
                throw new AssertionError("nothing was read, and nobody complained");
            }
        } catch (BadInputException expected) {
            String message = String.valueOf(expected.getMessage());
            if (!message.matches("(?s)fuzz:[0-9]+:.*")) {
                throw new AssertionError("the message does not name file and line: " + message, expected);
            }
        }
    }
}
