package dev.berth.k8s.engine;

/**
 * What became of a write.
 *
 * @param kind how it ended
 * @param message what the API server, or the way to it, said; empty when all is well
 */
public record Outcome(Kind kind, String message) {
    /** How a write ended. */
    public enum Kind {
        /** It was done. */
        DONE,
        /** The pod is not there any more, or is another one of that name. */
        GONE,
        /** The API server refused it, and would again. */
        REFUSED,
        /** The API server could not take it now; it was not done. */
        BUSY,
        /** It is not known whether it was done, such as after a time-out. */
        UNKNOWN,
        /** It was not sent, because this replica does not lead. */
        NOT_LEADING
    }

    /** It was done. */
    public static final Outcome DONE = new Outcome(Kind.DONE, "");
}
