package dev.berth.k8s.server;

import java.nio.charset.StandardCharsets;

/**
 * How a route words failures.
 *
 * @param contentType of the wording
 * @param internalStatus the status of an answer to a request that was right, and at which Berth itself failed
 * @param wording makes the body of the one sentence
 */
record Failures(String contentType, int internalStatus, Wording wording) {
    /** The sentence as it is. */
    static final Failures PLAIN_TEXT = new Failures(
            "text/plain; charset=utf-8",
            HttpFailure.INTERNAL_ERROR,
            sentence -> (sentence + "\n").getBytes(StandardCharsets.UTF_8));

    /**
     * In the field {@code Error} of the extender's answers to filter and bind. kube-scheduler drops the body of an answer whose status is not 200, and so
     * where Berth itself failed the status is 200, for the reason to reach the scheduler's log and the pod's events; it fails the attempt all the same.
     */
    static final Failures EXTENDER =
            new Failures("application/json", 200, sentence -> JsonText.object("Error", sentence));

    /** Makes a body. */
    interface Wording {
        byte[] of(String sentence);
    }
}
