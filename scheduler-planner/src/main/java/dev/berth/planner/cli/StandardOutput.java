package dev.berth.planner.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The process's standard output, which remembers why it failed: the print streams of Java tell only that. Used by one thread. */
final class StandardOutput extends OutputStream {
    private final OutputStream to;
    private @Nullable IOException failure;

    StandardOutput() {
        this(new FileOutputStream(FileDescriptor.out));
    }

    StandardOutput(OutputStream to) {
        this.to = to;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
        try {
            to.write(bytes, from, length);
        } catch (IOException e) {
            failure = e;
            throw e;
        }
    }

    /** Why the output is not complete; null when it is, or when its reader (such as {@code head}) wanted no more. */
    @Nullable
    String failure() {
        if (failure == null) {
            return null;
        }
        String message = Objects.requireNonNullElse(failure.getMessage(), failure.toString());
        return message.equals("Broken pipe") ? null : message;
    }
}
