package dev.berth.k8s.cli;

/** Berth gave no answer. The message says why. */
final class SilentException extends Exception {
    private static final long serialVersionUID = 1L;

    SilentException(String message) {
        super(message);
    }
}
