package dev.berth.k8s.api;

import java.util.List;
import java.util.function.Function;

/**
 * A kind of object to follow.
 *
 * @param <T> what is made of an object
 * @param <K> what tells one object from another
 * @param paths where all of them are listed, such as {@code /apis/scheduling.x-k8s.io/v1alpha1/podgroups}: one for each version that can be read, the best first
 * @param optional whether the API server need not know the kind, such as one of a CRD; then it is looked for again now and then
 * @param reader makes a T of an object
 * @param key its key; should share its strings, as the keys of all objects are kept
 */
public record Kind<T, K>(List<String> paths, boolean optional, ObjectReader<T> reader, Function<T, K> key) {
    /**
     * Copies the list.
     *
     * @throws IllegalArgumentException if it is empty, or a path is none
     */
    public Kind {
        paths = List.copyOf(paths);
        if (paths.isEmpty() || !paths.stream().allMatch(p -> p.matches("/api/[^/]+/[^/]+|/apis/[^/]+/[^/]+/[^/]+"))) {
            throw new IllegalArgumentException(
                    "paths are " + paths + "; allowed are /api/VERSION/RESOURCE and /apis/GROUP/VERSION/RESOURCE");
        }
    }

    /** A kind that every API server knows. */
    public static <T, K> Kind<T, K> required(String path, ObjectReader<T> reader, Function<T, K> key) {
        return new Kind<>(List.of(path), false, reader, key);
    }

    /** The resource's name as RBAC knows it. */
    static String resource(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    /** The API group as RBAC knows it: empty for the core. */
    static String group(String path) {
        String version = apiVersion(path);
        int slash = version.indexOf('/');
        return slash < 0 ? "" : version.substring(0, slash);
    }

    /** The API version as objects say it: {@code v1}, {@code storage.k8s.io/v1}. */
    static String apiVersion(String path) {
        return path.substring(path.indexOf('/', 1) + 1, path.lastIndexOf('/'));
    }
}
