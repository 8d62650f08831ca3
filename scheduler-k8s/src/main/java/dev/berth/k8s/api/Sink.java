package dev.berth.k8s.api;

/**
 * What is told of the objects of one kind. Calls come from one thread, in the order in which each object changed.
 *
 * @param <T> what is made of an object
 * @param <K> what tells one object from another
 */
public interface Sink<T, K> {
    /** An object is there, or has changed; the same may be said again. */
    void seen(T object);

    /** An object is gone. */
    void gone(K key);

    /** All that there is, and that may be seen, has been said. Called after each complete list. */
    void listed();
}
