package dev.berth.k8s.pods;

/**
 * What tells one gang from another. A value.
 *
 * @param convention by which the pods name it, such as {@code berth}, {@code kubernetes}, {@code volcano}, {@code kueue}
 * @param namespace namespace of its pods
 * @param name its name, unique with the other two
 */
public record GangKey(String convention, String namespace, String name) {
    @Override
    public String toString() {
        return namespace + "/" + name;
    }
}
