package dev.berth.k8s.readback;

import dev.berth.k8s.engine.GpuReport;
import java.io.IOException;
import java.util.List;

/** Something that tells which GPUs pods have. Used by one thread. */
interface GpuSource {
    /** Its name in logs and metrics. */
    String name();

    /**
     * Reads all that it tells now.
     *
     * @throws IOException if nothing of it can be read; the message is one sentence
     */
    Told read() throws IOException, InterruptedException;

    /**
     * What was told.
     *
     * @param reports what can be used
     * @param problems what cannot, one sentence each
     */
    record Told(List<GpuReport> reports, List<String> problems) {}
}
