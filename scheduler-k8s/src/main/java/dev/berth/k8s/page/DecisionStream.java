package dev.berth.k8s.page;

import dev.berth.k8s.engine.Decision;
import dev.berth.k8s.engine.Insight;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Decisions for one client. Sent by one thread; {@link #news} and {@link #dropIfSlow} come from others. */
final class DecisionStream {
    /** What a client without a past gets to see first. */
    private static final int HISTORY = 50;
    /** So many in one write, and so long between two writes: enough for the eye, little enough for the engine. */
    private static final int BATCH = 500;

    private static final long PAUSE_MILLIS = 100;
    private static final byte[] HEARTBEAT = Answer.utf8(":\n\n");
    private static final byte[] GAP = Answer.utf8("event: gap\ndata: {}\n\n");
    /** How long a browser waits before it comes again, in ms. */
    private static final byte[] RETRY = Answer.utf8("retry: 2000\n\n");

    private final Insight insight;
    private final LivePage.Limits limits;
    private final String epoch;
    private final @Nullable String resumed;
    private final CountDownLatch closing;
    private final Semaphore news = new Semaphore(0);
    private volatile @Nullable Thread thread;
    /** {@link System#nanoTime()} at the start of the write that goes on, or 0. */
    private volatile long writingSince;

    /**
     * A stream.
     *
     * @param resumed id of the last event that the client has, or null
     * @param closing at 0 when all is to end
     */
    DecisionStream(
            Insight insight, LivePage.Limits limits, String epoch, @Nullable String resumed, CountDownLatch closing) {
        this.insight = insight;
        this.limits = limits;
        this.epoch = epoch;
        this.resumed = resumed;
        this.closing = closing;
    }

    /** Says on which thread {@link #send} will run. */
    void runsOn(Thread sender) {
        thread = sender;
    }

    /** Something has been decided. Returns at once. */
    void news() {
        if (news.availablePermits() == 0) {
            news.release();
        }
    }

    /** Ends it when its client has not taken what is being written for too long: closes the connection, by interrupting the write. */
    void dropIfSlow() {
        long since = writingSince;
        Thread sender = thread;
        if (since != 0
                && sender != null
                && System.nanoTime() - since > limits.slowWrite().toNanos()) {
            sender.interrupt();
        }
    }

    void send(OutputStream out) throws IOException, InterruptedException {
        long until = System.nanoTime() + limits.life().toNanos();
        write(out, RETRY);
        long last = start(out);
        while (closing.getCount() > 0 && System.nanoTime() < until) {
            List<Decision> fresh = insight.decisionsAfter(last);
            if (fresh.isEmpty()) {
                if (!news.tryAcquire(limits.heartbeat().toMillis(), TimeUnit.MILLISECONDS)) {
                    write(out, HEARTBEAT);
                }
                continue;
            }
            if (last >= 0 && fresh.get(0).sequence() > last + 1) {
                write(out, GAP);
            }
            List<Decision> now = fresh.subList(0, Math.min(fresh.size(), BATCH));
            write(out, events(now));
            last = now.get(now.size() - 1).sequence();
            if (closing.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS)) {
                return;
            }
        }
    }

    /** The number after which to begin. */
    private long start(OutputStream out) throws IOException {
        String id = resumed;
        if (id != null) {
            long known = numberOf(id);
            if (known >= 0) {
                return known;
            }
            write(out, GAP);
        }
        List<Decision> all = insight.decisionsAfter(-1);
        return all.size() <= HISTORY ? -1 : all.get(all.size() - HISTORY - 1).sequence();
    }

    /** The number in an id of this process, or -1. */
    private long numberOf(String id) {
        String head = epoch + "-";
        String digits = id.startsWith(head) ? id.substring(head.length()) : "";
        return digits.matches("[0-9]{1,18}") ? Long.parseLong(digits) : -1;
    }

    private byte[] events(List<Decision> decisions) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(decisions.size() * 256);
        for (Decision decision : decisions) {
            bytes.writeBytes(Answer.utf8("id: " + epoch + "-" + decision.sequence() + "\nevent: decision\ndata: "));
            bytes.writeBytes(DecisionJson.of(decision));
            bytes.writeBytes(Answer.utf8("\n\n"));
        }
        return bytes.toByteArray();
    }

    private void write(OutputStream out, byte[] bytes) throws IOException {
        // Never 0, which means that nothing is being written.
        writingSince = System.nanoTime() | 1;
        out.write(bytes);
        out.flush();
        writingSince = 0;
    }
}
