package dev.berth.k8s.page;

import java.io.IOException;

/** A small cluster's page on a free port, for tests of what asks it. */
public final class PageRig implements AutoCloseable {
    private final PageServer server;

    /** Starts to serve. */
    public PageRig() throws IOException {
        server = new PageServer(new FakeInsight(DemoCluster.small()), LivePage.Limits.USUAL);
    }

    /** Where, on 127.0.0.1. */
    public int port() {
        return server.uri("/").getPort();
    }

    @Override
    public void close() {
        server.close();
    }
}
