package dev.berth.k8s.api;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamReadException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows all objects of one kind: lists them, then watches what changes, on a thread and a connection of its own. Nothing of an object is kept but its key, so that
 * a later list shows what went meanwhile.
 *
 * <ul>
 *   <li>The list asks for no resource version, so it is as new as the API server's store, and never older than what was watched before; it comes in parts of
 *       {@value #PAGE_OBJECTS} objects, each of which is read as it comes and is never whole in memory.
 *   <li>The watch goes on from the list's version and asks for bookmarks. When it ends or breaks it is resumed from the last version seen; only when that version is
 *       too old (410), or is refused again and again, are the objects listed anew.
 *   <li>A connection that says nothing for {@value #SILENCE_MILLIS} ms, where bookmarks come every minute, is given up, as is one whose peer does not answer to TCP's probes.
 *   <li>Failures are waited for, {@value #FIRST_WAIT_MILLIS} ms at first, {@value #MOST_WAIT_MILLIS} ms at most. Each new one is logged once.
 *   <li>An object that cannot be read is left out, and that is logged.
 * </ul>
 *
 * <p>Semantics of resource versions: Kubernetes API Concepts, "Efficient detection of changes" and "Resource versions".
 */
final class Reflector<T, K> {
    /** Longest time without a byte. Bookmarks come once a minute. */
    static final int SILENCE_MILLIS = 150_000;

    static final int FIRST_WAIT_MILLIS = 50;
    static final int MOST_WAIT_MILLIS = 5_000;
    private static final int LIST_MILLIS = 60_000;
    private static final int CONNECT_MILLIS = 5_000;

    /** The API server ends a request after a minute; on a busy one, the list of 40,000 pods takes longer, and would never end. */
    private static final int PAGE_OBJECTS = 2_000;

    /** How long until a kind that the API server does not know, or that we may not see, is asked for again. */
    private static final int ABSENT_MILLIS = 30_000;

    /** So often may a watch be refused before the objects are listed anew, as after a restore of the store, where versions begin again. */
    private static final int MOST_REFUSALS = 3;

    private static final Logger LOG = LoggerFactory.getLogger(Reflector.class);
    private static final JsonFactory JSON = new JsonFactory();

    private final ApiAddress address;
    private final Kind<T, K> kind;
    private final Sink<T, K> sink;
    private final int absentMillis;
    private final Thread thread;
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final SplittableRandom random = new SplittableRandom();
    private final Backoff backoff = new Backoff(FIRST_WAIT_MILLIS, MOST_WAIT_MILLIS, random);

    private final AtomicLong lists = new AtomicLong();
    private final AtomicLong watches = new AtomicLong();
    private final AtomicLong events = new AtomicLong();
    private final AtomicLong unreadable = new AtomicLong();

    private volatile @Nullable HttpConnection connection;
    /** Of the version that is followed, or tried. */
    private String path;

    /** How many paths in a row were not known. */
    private int misses;

    private Set<K> keys = new HashSet<>();
    private @Nullable String resourceVersion;
    private volatile @Nullable String complaint;

    Reflector(ApiAddress address, Kind<T, K> kind, Sink<T, K> sink) {
        this(address, kind, sink, ABSENT_MILLIS);
    }

    Reflector(ApiAddress address, Kind<T, K> kind, Sink<T, K> sink, int absentMillis) {
        this.address = address;
        this.kind = kind;
        this.sink = sink;
        this.absentMillis = absentMillis;
        path = kind.paths().get(0);
        thread = new Thread(this::run, "watch-" + Kind.resource(path));
        thread.setDaemon(true);
    }

    /** Begins. Once. */
    void start() {
        thread.start();
    }

    /** Ends, without waiting for the thread. */
    void stop() {
        stopping.countDown();
        HttpConnection open = connection;
        if (open != null) {
            open.close();
        }
    }

    /** How often all objects were listed to the end. */
    long lists() {
        return lists.get();
    }

    /** How often a watch was begun. */
    long watches() {
        return watches.get();
    }

    /** How many events came. */
    long events() {
        return events.get();
    }

    /** How often an object could not be read. */
    long unreadable() {
        return unreadable.get();
    }

    /** Why it does not get on; empty when it does. */
    String complaint() {
        String now = complaint;
        return now == null ? "" : now;
    }

    private boolean isStopping() {
        return stopping.getCount() == 0;
    }

    private void run() {
        int refusals = 0;
        while (!isStopping()) {
            try {
                Status refused;
                if (resourceVersion == null) {
                    // a list whose parts took so long that its version is gone (410) is begun anew, after a moment
                    refused = list();
                    refusals = 0;
                } else {
                    refused = watch(resourceVersion);
                    if (refused != null && (refused.code() == 410 || ++refusals >= MOST_REFUSALS)) {
                        LOG.info("{}: listed anew, as the watch was refused: {}", path, refused);
                        resourceVersion = null;
                        refusals = 0;
                        if (refused.code() == 410) {
                            continue;
                        }
                    }
                }
                if (refused == null) {
                    backoff.reset();
                    refusals = 0;
                    continue;
                }
                pause(handle(refused));
            } catch (IOException e) {
                disconnect();
                if (!isStopping()) {
                    complain(false, "is out of reach: " + e);
                    pause(backoff.nextMillis());
                }
            } catch (RuntimeException e) {
                // from the sink or from below: one bad event must not end the following of all others
                disconnect();
                resourceVersion = null;
                LOG.error("{}: listed anew after an error in Berth", path, e);
                pause(backoff.nextMillis());
            }
        }
        disconnect();
    }

    /** What to do about a refusal: says how long to wait. */
    private long handle(Status refused) {
        switch (refused.code()) {
            case 401 -> address.credentialsRefused();
            case 403 -> {
                complain(
                        true,
                        "may not be listed and watched. Needed is a ClusterRole with apiGroups [\"" + Kind.group(path)
                                + "\"], resources [\"" + Kind.resource(path)
                                + "\"], verbs [list, watch]. The API server says: " + refused.message());
                if (kind.optional()) {
                    sink.listed();
                }
                disconnect();
                return absentMillis;
            }
            case 404 -> {
                if (kind.optional()) {
                    LOG.debug("{}: not known to the API server", path);
                    resourceVersion = null;
                    int next = (kind.paths().indexOf(path) + 1) % kind.paths().size();
                    path = kind.paths().get(next);
                    // a version may be served no longer, and another be
                    if (++misses < kind.paths().size()) {
                        return 0;
                    }
                    misses = 0;
                    sweep(new HashSet<>());
                    sink.listed();
                    // Most clusters have few of the kinds: none of the others costs a connection.
                    disconnect();
                    return (long) absentMillis - random.nextInt(absentMillis / 4 + 1);
                }
            }
            default -> {}
        }
        complain(false, "is refused: " + refused);
        return backoff.nextMillis();
    }

    private void pause(long millis) {
        try {
            if (stopping.await(millis, TimeUnit.MILLISECONDS)) {
                LOG.debug("{}: stopping", path);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            stopping.countDown();
        }
    }

    private void complain(boolean error, String what) {
        String text = address + path + " " + what;
        if (text.equals(complaint)) {
            LOG.debug("still: {}", text);
        } else if (error) {
            LOG.error("{}", text);
        } else {
            LOG.warn("{}; trying again", text);
        }
        complaint = text;
    }

    private void wentWell() {
        if (complaint != null) {
            LOG.info("{}{}: it works again", address, path);
            complaint = null;
        }
    }

    private HttpAnswer get(String query, int readMillis) throws IOException {
        HttpConnection open = connection;
        if (open == null || !open.isReusable()) {
            disconnect();
            open = address.connect(CONNECT_MILLIS);
            connection = open;
            if (isStopping()) {
                throw new IOException("stopping");
            }
        }
        return open.send(address, "GET", path + query, null, null, readMillis);
    }

    private void disconnect() {
        HttpConnection open = connection;
        if (open != null) {
            open.close();
            connection = null;
        }
    }

    // ---- list ----

    /** Null when all went well. */
    private @Nullable Status list() throws IOException {
        Set<K> found = new HashSet<>(keys.size() * 2);
        long unreadableBefore = unreadable.get();
        ListEnd end = new ListEnd("", "");
        do {
            String next = end.next.isEmpty() ? "" : "&continue=" + Url.encode(end.next);
            HttpAnswer answer = get("?limit=" + PAGE_OBJECTS + next, LIST_MILLIS);
            if (answer.status() != 200) {
                return Status.of(answer);
            }
            end = readPage(answer, found);
        } while (!end.next.isEmpty());
        if (end.version.isEmpty()) {
            throw new IOException("a list without metadata.resourceVersion");
        }
        if (unreadable.get() != unreadableBefore) {
            // which ones they are is not known; rather keep what is gone than give away what an object holds
            found.addAll(keys);
        }
        lists.incrementAndGet();
        sweep(found);
        misses = 0;
        resourceVersion = end.version;
        wentWell();
        sink.listed();
        return null;
    }

    /** What a list, or a part of one, says of itself: its version, and where the next part begins; each empty when not said. */
    private record ListEnd(String version, String next) {}

    private ListEnd readPage(HttpAnswer answer, Set<K> found) throws IOException {
        ListEnd end = new ListEnd("", "");
        try (JsonParser json = JSON.createParser(answer.body())) {
            expect(json.nextToken(), JsonToken.START_OBJECT, "a list");
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String field = json.currentName();
                JsonToken value = json.nextToken();
                if (field.equals("items") && value == JsonToken.START_ARRAY) {
                    while (json.nextToken() == JsonToken.START_OBJECT) {
                        T object = readObject(json);
                        if (object != null) {
                            found.add(kind.key().apply(object));
                            sink.seen(object);
                        }
                    }
                } else if (field.equals("metadata") && value == JsonToken.START_OBJECT) {
                    end = readListEnd(json);
                } else {
                    json.skipChildren();
                }
            }
            expect(json.currentToken(), JsonToken.END_OBJECT, "the end of a list");
        }
        answer.skipBody();
        return end;
    }

    private static ListEnd readListEnd(JsonParser json) throws IOException {
        String version = "";
        String next = "";
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String field = json.currentName();
            JsonToken value = json.nextToken();
            if (field.equals("resourceVersion") && value == JsonToken.VALUE_STRING) {
                version = json.getText();
            } else if (field.equals("continue") && value == JsonToken.VALUE_STRING) {
                next = json.getText();
            } else {
                json.skipChildren();
            }
        }
        return new ListEnd(version, next);
    }

    private void sweep(Set<K> found) {
        for (K key : keys) {
            if (!found.contains(key)) {
                sink.gone(key);
            }
        }
        keys = found;
    }

    // ---- watch ----

    /** Null when it ended as it should. */
    private @Nullable Status watch(String from) throws IOException {
        long startedNanos = System.nanoTime();
        // not all at once; the API server's own default lies between 30 and 60 min
        int seconds = 300 + random.nextInt(300);
        HttpAnswer answer = get(
                "?watch=1&allowWatchBookmarks=true&resourceVersion=" + Url.encode(from) + "&timeoutSeconds=" + seconds,
                SILENCE_MILLIS);
        if (answer.status() != 200) {
            return Status.of(answer);
        }
        watches.incrementAndGet();
        wentWell();
        WatchFrames frames = new WatchFrames(answer.body());
        long count = 0;
        try {
            while (frames.next()) {
                Status refused = handleEvent(frames);
                count++;
                if (refused != null) {
                    // the server ends the answer after it
                    disconnect();
                    return refused;
                }
            }
        } catch (SocketTimeoutException e) {
            LOG.info("{}: silent for {} s, so the watch is begun anew", path, SILENCE_MILLIS / 1000);
            disconnect();
            return null;
        }
        if (count == 0 && System.nanoTime() - startedNanos < TimeUnit.SECONDS.toNanos(1)) {
            throw new IOException("the watch ended at once");
        }
        return null;
    }

    /** Null when all went well. */
    private @Nullable Status handleEvent(WatchFrames frames) throws IOException {
        String type = null;
        String version = null;
        try (JsonParser json = JSON.createParser(frames.bytes(), frames.start(), frames.length())) {
            expect(json.nextToken(), JsonToken.START_OBJECT, "an event");
            while ((type == null || version == null) && json.nextToken() == JsonToken.FIELD_NAME) {
                String field = json.currentName();
                JsonToken value = json.nextToken();
                if (field.equals("type") && value == JsonToken.VALUE_STRING) {
                    type = json.getText();
                } else if (field.equals("object") && value == JsonToken.START_OBJECT) {
                    if ("ERROR".equals(type)) {
                        return Status.read(500, json);
                    }
                    version = versionOfObject(json);
                } else {
                    json.skipChildren();
                }
            }
        }
        if (type == null || version == null) {
            throw new IOException("an event without type, or without object.metadata.resourceVersion");
        }
        switch (type) {
            case "ADDED", "MODIFIED", "DELETED" -> {
                events.incrementAndGet();
                tell(frames, type.equals("DELETED"));
            }
            case "BOOKMARK" -> {}
            default -> throw new IOException("an event of unknown type '" + type + "'");
        }
        resourceVersion = version;
        return null;
    }

    private void tell(WatchFrames frames, boolean deleted) throws IOException {
        T object = null;
        try (JsonParser json = JSON.createParser(frames.bytes(), frames.start(), frames.length())) {
            json.nextToken();
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                boolean wanted = json.currentName().equals("object");
                json.nextToken();
                if (wanted) {
                    object = readObject(json);
                    break;
                }
                json.skipChildren();
            }
        }
        if (object == null) {
            return;
        }
        K key = kind.key().apply(object);
        if (deleted) {
            keys.remove(key);
            sink.gone(key);
        } else {
            keys.add(key);
            sink.seen(object);
        }
    }

    // ---- both ----

    /** Null when the object is not what it should be; the parser is behind it then all the same. */
    private @Nullable T readObject(JsonParser json) throws IOException {
        int depth = json.getParsingContext().getNestingDepth();
        try {
            return kind.reader().read(json, Kind.apiVersion(path));
        } catch (StreamReadException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            if (unreadable.incrementAndGet() <= 100) {
                LOG.warn("{}: an object is left out, as it cannot be read: {}", path, e.getMessage());
            } else {
                LOG.debug("{}: an object is left out", path, e);
            }
            while (json.getParsingContext().getNestingDepth() >= depth) {
                if (json.nextToken() == null) {
                    throw new IOException("the answer ended inside an object", e);
                }
            }
            return null;
        }
    }

    private static String versionOfObject(JsonParser json) throws IOException {
        String version = null;
        while (version == null && json.nextToken() == JsonToken.FIELD_NAME) {
            boolean metadata = json.currentName().equals("metadata");
            if (json.nextToken() == JsonToken.START_OBJECT && metadata) {
                version = readVersion(json);
            } else {
                json.skipChildren();
            }
        }
        if (version == null) {
            throw new IOException("an event whose object has no metadata.resourceVersion");
        }
        return version;
    }

    /** Reads metadata to its end. */
    private static @Nullable String readVersion(JsonParser json) throws IOException {
        String version = null;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            boolean wanted = json.currentName().equals("resourceVersion");
            JsonToken value = json.nextToken();
            if (wanted && value == JsonToken.VALUE_STRING) {
                version = json.getText();
            } else {
                json.skipChildren();
            }
        }
        return version;
    }

    private static void expect(@Nullable JsonToken is, JsonToken should, String what) throws IOException {
        if (is != should) {
            throw new IOException("expected " + what + ", found " + (is == null ? "the end" : is));
        }
    }
}
