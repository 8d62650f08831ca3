package dev.berth.k8s.page;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A page on a free port of 127.0.0.1. */
final class PageServer implements AutoCloseable {
    private final HttpServer server;
    private final ExecutorService pool = Executors.newFixedThreadPool(2);
    private final LivePage page;

    PageServer(FakeInsight insight, LivePage.Limits limits) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        page = new LivePage(insight, limits);
        page.handlers().forEach(server::createContext);
        server.setExecutor(pool);
        server.start();
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
    }

    @Override
    public void close() {
        page.close();
        server.stop(0);
        pool.shutdownNow();
    }
}
