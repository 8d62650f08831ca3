package dev.berth.k8s.engine;

/**
 * A pod, and no later one of the same name. A value.
 *
 * @param namespace its namespace
 * @param name its name
 * @param uid its UID
 */
public record PodRef(String namespace, String name, String uid) {
    @Override
    public String toString() {
        return namespace + "/" + name;
    }
}
