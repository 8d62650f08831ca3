package dev.berth.k8s.api;

import dev.berth.k8s.engine.Outcome;
import dev.berth.k8s.engine.PodRef;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells people about pods, by events and by a condition, and not too often: what is said again counts up the series of the event that said it first; another text for
 * the same reason makes a new event only after a while, while the condition has it within seconds; and all events together keep to a rate. Thread-safe.
 */
final class Teller {
    /** After this many seconds an event that goes on is counted up in the API server. */
    static final int SERIES_SECONDS = 60;

    /** A pod's next event for the same reason, with another text, comes no sooner. */
    static final int SAME_REASON_SECONDS = 30;

    /** A pod's condition is written no more often. */
    static final int CONDITION_SECONDS = 5;

    /** Events per second, and how many may come at once: each is a write as dear as a release. */
    static final int EVENTS_PER_SECOND = 10;

    static final int MOST_AT_ONCE = 200;

    /** Limits of the API: note and reason of an Event (events.k8s.io/v1). */
    private static final int MOST_NOTE_BYTES = 1024;

    private static final int MOST_REASON_BYTES = 128;
    private static final int MOST_REMEMBERED = 20_000;

    /** After all that pods wait for. */
    private static final int PRIORITY = Integer.MIN_VALUE;

    private static final DateTimeFormatter MICROS = DateTimeFormatter.ofPattern(
                    "uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter SECONDS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final Logger LOG = LoggerFactory.getLogger(Teller.class);

    private final WritePool pool;
    private final String instance;
    private final LongSupplier nanos;
    private final LongSupplier millis;

    private final Map<EventKey, Told> events = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<EventKey, Told> eldest) {
            return size() > MOST_REMEMBERED;
        }
    };
    private final Map<String, Condition> conditions = new HashMap<>();
    private final Map<String, Condition> putOff = new LinkedHashMap<>();
    private double allowance = MOST_AT_ONCE;
    private long allowanceNanos;
    private long names;
    private long dropped;
    private long droppedSaidNanos;

    Teller(WritePool pool, String instance) {
        this(pool, instance, System::nanoTime, System::currentTimeMillis);
    }

    Teller(WritePool pool, String instance, LongSupplier nanos, LongSupplier millis) {
        this.pool = pool;
        this.instance = instance;
        this.nanos = nanos;
        this.millis = millis;
        this.names = millis.getAsLong() * 1_000_000;
        this.allowanceNanos = nanos.getAsLong();
        this.droppedSaidNanos = allowanceNanos - TimeUnit.MINUTES.toNanos(1);
    }

    private record EventKey(String uid, String reason, boolean warning) {}

    /** An event that was told. */
    private static final class Told {
        String message = "";
        String name = "";
        int count;
        long writtenNanos;
    }

    /** A pod's condition: as it should be, and as it was written last. */
    private static final class Condition {
        final PodRef pod;
        boolean placed;
        String reason = "";
        String message = "";
        String since = "";
        boolean written;
        long writtenNanos;

        Condition(PodRef pod) {
            this.pod = pod;
        }
    }

    synchronized void tell(PodRef pod, boolean warning, String reason, String message, @Nullable Boolean placed) {
        String shortReason = cut(reason, MOST_REASON_BYTES);
        String shortMessage = cut(message, MOST_NOTE_BYTES);
        tellEvent(pod, warning, shortReason, shortMessage);
        if (placed != null) {
            tellCondition(pod, placed, shortReason, shortMessage);
        }
    }

    /** Writes what is due. */
    synchronized void tick() {
        if (putOff.isEmpty()) {
            return;
        }
        long now = nanos.getAsLong();
        List<Condition> due = new ArrayList<>();
        for (Condition c : putOff.values()) {
            if (isDue(c, now)) {
                due.add(c);
            }
        }
        for (Condition c : due) {
            putOff.remove(c.pod.uid());
            write(c, now);
        }
    }

    synchronized void forget(PodRef pod) {
        conditions.remove(pod.uid());
        putOff.remove(pod.uid());
    }

    private void tellEvent(PodRef pod, boolean warning, String reason, String message) {
        long now = nanos.getAsLong();
        Told told = events.computeIfAbsent(new EventKey(pod.uid(), reason, warning), key -> new Told());
        String namespace = "/apis/events.k8s.io/v1/namespaces/" + Url.encode(pod.namespace()) + "/events";
        String time = MICROS.format(Instant.ofEpochMilli(millis.getAsLong()));
        if (told.count > 0 && told.message.equals(message)) {
            told.count++;
            if (now - told.writtenNanos >= TimeUnit.SECONDS.toNanos(SERIES_SECONDS) && isAllowed(now)) {
                told.writtenNanos = now;
                String name = told.name;
                byte[] body = Bodies.eventSeries(told.count, time);
                pool.submit(
                        PRIORITY,
                        requests -> ApiWrites.outcome(
                                requests.send("PATCH", namespace + "/" + Url.encode(name), Bodies.MERGE, body, true)),
                        outcome -> wrote("an event", pod, outcome));
            }
            return;
        }
        if (told.count > 0 && now - told.writtenNanos < TimeUnit.SECONDS.toNanos(SAME_REASON_SECONDS)
                || !isAllowed(now)) {
            dropped++;
            if (now - droppedSaidNanos >= TimeUnit.MINUTES.toNanos(1)) {
                LOG.info("{} events were left out so far, as there were too many", dropped);
                droppedSaidNanos = now;
            }
            return;
        }
        // a name is that of the pod, shortened to what the API allows, and a number that no other event of it has
        String podName = pod.name().length() > 230 ? pod.name().substring(0, 230) : pod.name();
        told.name = podName + "." + Long.toHexString(names++);
        told.message = message;
        told.count = 1;
        told.writtenNanos = now;
        byte[] body = Bodies.event(pod, told.name, instance, time, warning, reason, message);
        pool.submit(
                PRIORITY,
                requests -> ApiWrites.outcome(requests.send("POST", namespace, Bodies.JSON_TYPE, body, false)),
                outcome -> wrote("an event", pod, outcome));
    }

    private void tellCondition(PodRef pod, boolean placed, String reason, String message) {
        long now = nanos.getAsLong();
        Condition c = conditions.computeIfAbsent(pod.uid(), uid -> new Condition(pod));
        if (!c.since.isEmpty() && c.placed == placed && c.reason.equals(reason) && c.message.equals(message)) {
            return;
        }
        if (c.since.isEmpty() || c.placed != placed) {
            c.since = seconds(millis.getAsLong());
        }
        c.placed = placed;
        c.reason = reason;
        c.message = message;
        if (isDue(c, now)) {
            putOff.remove(pod.uid());
            write(c, now);
        } else {
            putOff.put(pod.uid(), c);
        }
    }

    private static boolean isDue(Condition c, long now) {
        return !c.written || now - c.writtenNanos >= TimeUnit.SECONDS.toNanos(CONDITION_SECONDS);
    }

    private void write(Condition c, long now) {
        c.written = true;
        c.writtenNanos = now;
        byte[] body = Bodies.condition(c.pod, c.placed, c.reason, c.message, c.since);
        pool.submit(
                PRIORITY,
                requests -> ApiWrites.outcome(
                        requests.send("PATCH", ApiWrites.path(c.pod) + "/status", Bodies.STRATEGIC_MERGE, body, true)),
                outcome -> {
                    if (outcome.kind() != Outcome.Kind.DONE) {
                        // so that it is written when it is told again
                        forget(c.pod);
                    }
                    wrote("the condition", c.pod, outcome);
                });
    }

    private boolean isAllowed(long now) {
        allowance = Math.min(MOST_AT_ONCE, allowance + (now - allowanceNanos) * 1e-9 * EVENTS_PER_SECOND);
        allowanceNanos = now;
        if (allowance < 1) {
            return false;
        }
        allowance--;
        return true;
    }

    private static void wrote(String what, PodRef pod, Outcome outcome) {
        switch (outcome.kind()) {
            case DONE, GONE, NOT_LEADING -> LOG.debug("{} on {}: {}", what, pod, outcome.kind());
            default -> LOG.warn("{} on {} was not written: {}", what, pod, outcome.message());
        }
    }

    /** A time as conditions have it. */
    static String seconds(long millis) {
        return SECONDS.format(Instant.ofEpochMilli(millis).truncatedTo(ChronoUnit.SECONDS));
    }

    /** As much of a text as so many bytes of UTF-8 hold. */
    static String cut(String text, int mostBytes) {
        if (text.length() * 3L <= mostBytes || text.getBytes(StandardCharsets.UTF_8).length <= mostBytes) {
            return text;
        }
        int end = Math.min(text.length(), mostBytes);
        while (text.substring(0, end).getBytes(StandardCharsets.UTF_8).length > mostBytes - 3) {
            end--;
        }
        if (Character.isHighSurrogate(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(0, end) + "…";
    }
}
