package dev.berth.planner;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The folder of published traces, which is no part of the repository. A test that reads from it is called
 * {@code ...TraceTest}, carries {@code @Tag("traces")}, and is skipped where there is no such folder.
 */
public final class Traces {

    private Traces() {}

    /** The folder ({@code -Dberth.traces=DIR}); skips the test when there is none. */
    public static Path dir() {
        Path dir =
                Path.of(System.getProperty("berth.traces", "")).toAbsolutePath().normalize();
        assumeTrue(
                !System.getProperty("berth.traces", "").isEmpty() && Files.isDirectory(dir),
                () -> "no traces at " + dir);
        return dir;
    }

    /** A file in it, by its path there; a folder without that file is an error, not a reason to skip. */
    public static Path file(String name) {
        Path file = dir().resolve(name);
        if (!Files.isRegularFile(file)) {
            throw new AssertionError("the traces lack " + name);
        }
        return file;
    }
}
