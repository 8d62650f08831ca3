package dev.berth.k8s.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Marks the leader's pod with the label {@code berth.dev/leader: "true"}, which Services select by, and takes the mark from all others: also from one that died with it, and from this
 * pod when it does not lead. Nothing depends on it but where questions are sent; who is asked and does not lead says so. Thread-safe.
 */
public final class LeaderMark {
    /** The label. */
    static final String LABEL = "berth.dev/leader";

    private static final int MILLIS = 2_000;
    private static final Logger LOG = LoggerFactory.getLogger(LeaderMark.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ApiAddress address;
    private final String pods;
    private final String podName;
    private final Thread thread;
    private final Object lock = new Object();
    private boolean leads;
    private boolean done;
    private boolean stopping;

    /** For the pod that this process runs in. */
    public LeaderMark(ApiAddress address, String namespace, String podName) {
        this.address = address;
        this.podName = podName;
        pods = "/api/v1/namespaces/" + Url.encode(namespace) + "/pods";
        thread = new Thread(this::run, "leader-mark");
        thread.setDaemon(true);
    }

    /** Begins; not leading at first. Once. */
    public void start() {
        thread.start();
    }

    /** Says whether this replica leads; returns at once. */
    public void set(boolean leading) {
        synchronized (lock) {
            leads = leading;
            done = false;
            lock.notifyAll();
        }
    }

    /**
     * Takes the mark away and ends.
     *
     * @throws InterruptedException if the thread is interrupted meanwhile
     */
    public void stop(long mostMillis) throws InterruptedException {
        synchronized (lock) {
            leads = false;
            done = false;
            stopping = true;
            lock.notifyAll();
        }
        thread.join(mostMillis);
    }

    private void run() {
        Backoff backoff = new Backoff(50, 5_000, new java.util.SplittableRandom());
        String complaint = "";
        for (; ; ) {
            boolean now;
            try {
                synchronized (lock) {
                    while (done && !stopping) {
                        lock.wait();
                    }
                    if (done) {
                        return;
                    }
                    now = leads;
                    done = true;
                }
                try {
                    mark(now);
                    backoff.reset();
                    complaint = "";
                } catch (IOException e) {
                    String text = e.toString();
                    if (!text.equals(complaint)) {
                        LOG.warn("the leader's mark: {}; trying again", text);
                        complaint = text;
                    }
                    synchronized (lock) {
                        if (stopping) {
                            return;
                        }
                        done = false;
                        lock.wait(backoff.nextMillis());
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void mark(boolean leading) throws IOException {
        try (HttpConnection connection = address.connect(MILLIS)) {
            if (leading) {
                for (JsonNode pod : marked(connection)) {
                    String name = pod.at("/metadata/name").asText();
                    if (!name.equals(podName)) {
                        patch(connection, name, "null");
                    }
                }
            }
            patch(connection, podName, leading ? "\"true\"" : "null");
        }
    }

    private JsonNode marked(HttpConnection connection) throws IOException {
        HttpAnswer answer = connection.send(
                address, "GET", pods + "?labelSelector=" + Url.encode(LABEL + "=true"), null, null, MILLIS);
        if (answer.status() != 200) {
            throw new IOException("listing marked pods is refused: " + Status.of(answer));
        }
        String text = HttpConnection.text(answer, Integer.MAX_VALUE);
        answer.skipBody();
        return JSON.readTree(text).path("items");
    }

    private void patch(HttpConnection connection, String name, String value) throws IOException {
        byte[] body =
                ("{\"metadata\":{\"labels\":{\"" + LABEL + "\":" + value + "}}}").getBytes(StandardCharsets.UTF_8);
        HttpAnswer answer =
                connection.send(address, "PATCH", pods + "/" + Url.encode(name), Bodies.MERGE, body, MILLIS);
        if (answer.status() == 200 || answer.status() == 404) {
            answer.skipBody();
            return;
        }
        throw new IOException("marking pod " + name + " is refused: " + Status.of(answer));
    }
}
