package dev.berth.planner;

import org.jspecify.annotations.Nullable;

/**
 * What the user handed in cannot be used. The message is all that is shown (one line, exit code 1), so it names the bad
 * value, and file and line where there are any.
 */
public final class BadInputException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public BadInputException(String message) {
        super(message);
    }

    public BadInputException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
