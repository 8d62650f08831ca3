package dev.berth.k8s.page;

/** A query that cannot be used. The message names the parameter, its value and what is allowed. */
final class BadQueryException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BadQueryException(String message) {
        super(message);
    }
}
