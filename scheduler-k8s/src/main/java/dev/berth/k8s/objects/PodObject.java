package dev.berth.k8s.objects;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A pod, as far as Berth looks at it. Immutable; equal when all that is kept is equal.
 *
 * @param namespace its namespace
 * @param name its name
 * @param uid what tells it from an earlier pod of the same name
 * @param resourceVersion opaque; of the version that was read
 * @param createdMillis when it was created, in ms since 1970; 0 when not said
 * @param deleting whether its deletion has been asked for
 * @param labels all its labels
 * @param annotations those that {@code PodJson} keeps
 * @param owner the controller that would make it anew, or null
 * @param spec what it asks for
 * @param status how far it is
 */
public record PodObject(
        String namespace,
        String name,
        String uid,
        String resourceVersion,
        long createdMillis,
        boolean deleting,
        Map<String, String> labels,
        Map<String, String> annotations,
        @Nullable Owner owner,
        PodSpec spec,
        PodStatus status) {
    /** Copies the maps. */
    public PodObject {
        labels = Map.copyOf(labels);
        annotations = Map.copyOf(annotations);
    }

    /**
     * The owner with {@code controller: true}.
     *
     * @param kind such as {@code Job}
     * @param name its name
     * @param uid its UID
     */
    public record Owner(String kind, String name, String uid) {}

    /** The same pod with another UID. */
    public PodObject withUid(String other) {
        return new PodObject(
                namespace,
                name,
                other,
                resourceVersion,
                createdMillis,
                deleting,
                labels,
                annotations,
                owner,
                spec,
                status);
    }

    /** {@code namespace/name}, for people. */
    public String path() {
        return namespace + "/" + name;
    }

    /** Whether it has a node. */
    public boolean isBound() {
        return spec.nodeName() != null;
    }

    /** Whether it holds what it asked for no longer. */
    public boolean isFinished() {
        return status.phase() == PodStatus.Phase.SUCCEEDED || status.phase() == PodStatus.Phase.FAILED;
    }
}
