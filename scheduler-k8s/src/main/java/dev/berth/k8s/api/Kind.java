package dev.berth.k8s.api;

import java.util.function.Function;

/**
 * A kind of object to follow.
 *
 * @param <T> what is made of an object
 * @param <K> what tells one object from another
 * @param path where all of them are listed, such as {@code /apis/scheduling.x-k8s.io/v1alpha1/podgroups}
 * @param optional whether the API server need not know the kind, such as one of a CRD; then it is looked for again now and then
 * @param reader makes a T of an object
 * @param key its key; should share its strings, as the keys of all objects are kept
 */
record Kind<T, K>(String path, boolean optional, ObjectReader<T> reader, Function<T, K> key) {
    /** The last part of the path: the resource's name as RBAC knows it. */
    String resource() {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    /** The API group as RBAC knows it: empty for the core. */
    String group() {
        if (!path.startsWith("/apis/")) {
            return "";
        }
        return path.substring("/apis/".length(), path.indexOf('/', "/apis/".length()));
    }
}
