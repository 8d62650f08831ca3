package dev.berth.planner.io;

import dev.berth.planner.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** A file that an option of the command names to be written. */
public final class OutputFile {
    private OutputFile() {}

    /**
     * Asks, before the work whose result it takes, whether a file can be written.
     *
     * @param option the option that named it, for messages
     * @throws BadInputException if the file is a folder, or cannot be made or replaced
     */
    public static void check(String option, Path file) {
        Path folder = file.toAbsolutePath().getParent();
        if (file.toString().isBlank()) {
            throw bad(option, file, "names no file");
        }
        if (Files.isDirectory(file)) {
            throw bad(option, file, "is a directory, allowed: a file");
        }
        if (folder == null || !Files.isDirectory(folder)) {
            throw bad(option, file, "cannot be written, there is no directory " + folder);
        }
        if (!Files.isWritable(Files.exists(file) ? file : folder)) {
            throw bad(option, file, "cannot be written, permission is denied");
        }
    }

    /**
     * Writes a file whole or not at all, in UTF-8.
     *
     * @param option the option that named it, for messages
     * @throws BadInputException if it cannot be written
     */
    public static void write(String option, Path file, String text) {
        check(option, file);
        try {
            Path target = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
            if (Files.exists(target) && !Files.isRegularFile(target)) {
                Files.writeString(target, text); // a pipe or a device cannot be replaced
                return;
            }
            Path part = target.resolveSibling(target.getFileName() + ".part");
            try {
                Files.writeString(part, text);
                Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(part);
            }
        } catch (IOException e) {
            throw new BadInputException(option + " " + file + ": cannot be written: " + e.getMessage(), e);
        }
    }

    private static BadInputException bad(String option, Path file, String what) {
        return new BadInputException(option + " is '" + file + "', which " + what);
    }
}
