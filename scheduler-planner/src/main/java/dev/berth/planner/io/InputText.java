package dev.berth.planner.io;

import dev.berth.planner.BadInputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Reads files of text; whatever goes wrong is one {@link BadInputException} that names the file. */
final class InputText {
    private InputText() {}

    /** The bytes of a file. */
    static byte[] bytes(Path file) {
        if (file.toString().isBlank()) {
            throw new BadInputException("the name of a file is '" + file + "', allowed: one that is not blank");
        }
        try {
            if (Files.isDirectory(file)) {
                throw new BadInputException(file + ": is a directory, allowed: a file");
            }
            return Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new BadInputException(file + ": there is no such file", e);
        } catch (IOException e) {
            throw new BadInputException(
                    file + ": cannot be read: " + (Files.isReadable(file) ? e.getMessage() : "permission is denied"),
                    e);
        }
    }

    /** The text that UTF-8 bytes stand for. */
    static String utf8(String source, byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(in).toString();
        } catch (CharacterCodingException e) {
            int line = 1;
            for (int i = 0; i < in.position(); i++) {
                line += bytes[i] == '\n' ? 1 : 0;
            }
            throw new BadInputException(source + ":" + line + ": is not UTF-8 text", e);
        }
    }
}
