package dev.berth.k8s.page;

/** An answer that is not what it should be. The message names the field, what is there and what is allowed. */
public final class JsonFormException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    JsonFormException(String message) {
        super(message);
    }
}
