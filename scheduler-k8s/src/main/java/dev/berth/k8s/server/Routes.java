package dev.berth.k8s.server;

import com.sun.net.httpserver.HttpHandler;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What a listener answers, by path and method. Other methods of a known path are answered 405, other paths 404. Thread-safe; routes may be added while
 * the server runs.
 */
public final class Routes {
    private final Map<String, Map<String, Route>> byPath = new ConcurrentHashMap<>();

    Routes() {}

    /**
     * Has a handler answer requests.
     *
     * <p>The handler is called on one of few threads and must not keep it: it has {@link ServerSettings.Limits#write()} to answer, after which its
     * thread is interrupted and the connection closed. An answer that takes longer, such as a stream of events, is written from a thread of the
     * handler's own: the exchange stays open, after the handler has returned, until it is closed. The request's body is not limited in size, other than
     * by what the handler reads of it. What a handler throws is logged and answered with 500, when nothing was answered yet.
     *
     * @param path an absolute path; one that ends with {@code /} stands for all paths that begin so and have no route of their own
     * @param method such as {@code GET}
     * @throws IllegalArgumentException when the path does not begin with {@code /}, or there is such a route already
     */
    public void add(String path, String method, HttpHandler handler) {
        add(path, method, new Route(path, Failures.PLAIN_TEXT, call -> handler.handle(call.hand())));
    }

    /**
     * Has handlers answer {@code GET} and {@code HEAD} of their paths, as {@link #add(String, String, HttpHandler)} does.
     *
     * @throws IllegalArgumentException when a path does not begin with {@code /}, or there is such a route already
     */
    public void addReading(Map<String, HttpHandler> handlers) {
        handlers.forEach((path, handler) -> {
            add(path, "GET", handler);
            add(path, "HEAD", handler);
        });
    }

    void add(String path, String method, Route route) {
        if (!path.startsWith("/")) {
            throw new IllegalArgumentException("path is " + path + ", allowed: one that begins with /");
        }
        Map<String, Route> methods = byPath.computeIfAbsent(path, any -> new ConcurrentHashMap<>());
        if (methods.putIfAbsent(method, route) != null) {
            throw new IllegalArgumentException("there is a route for " + method + " " + path + " already");
        }
    }

    /** Routes by method of the path, or of the longest one that stands for it; null when there is none. */
    @Nullable
    Map<String, Route> find(String path) {
        Map<String, Route> methods = byPath.get(path);
        for (int slash = path.lastIndexOf('/');
                methods == null && slash >= 0;
                slash = path.lastIndexOf('/', slash - 1)) {
            methods = byPath.get(path.substring(0, slash + 1));
        }
        return methods;
    }

    /** For the header {@code Allow}. */
    static String allowed(Collection<String> methods) {
        return String.join(", ", new TreeSet<>(methods));
    }

    /** For people: what there is. */
    Set<String> paths() {
        return new TreeMap<>(byPath).keySet();
    }

    /**
     * What answers.
     *
     * @param name of the route in metrics
     * @param failures how failures are worded
     * @param handler answers
     */
    record Route(String name, Failures failures, Handler handler) {}

    /** Answers a call, now or later. */
    interface Handler {
        void handle(Call call) throws java.io.IOException, HttpFailure;
    }
}
