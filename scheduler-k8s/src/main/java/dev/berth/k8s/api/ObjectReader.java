package dev.berth.k8s.api;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;

/**
 * Reads one object of the API. Stateless.
 *
 * @param <T> what it makes of it
 */
@FunctionalInterface
public interface ObjectReader<T> {
    /**
     * Reads the object whose opening brace is the parser's current token, up to its closing brace.
     *
     * @param apiVersion by which it was asked for, such as {@code scheduling.volcano.sh/v1beta1}: objects in lists do not say it
     * @throws IOException if it is no such object; the message names the object, the field and the value
     */
    T read(JsonParser json, String apiVersion) throws IOException;
}
