package dev.berth.k8s.server;

import dev.berth.k8s.server.ServerSettings.Limits;

/**
 * Properties of the JDK's HTTP server, which its classes read once, when they are loaded; so they are set before. A property that was set by whoever
 * started the process is left as it is.
 */
final class ServerProperties {
    /**
     * How long a connection may rest, in s. Go's HTTP client, which kube-scheduler and the API server use, drops its own after 90 s; when the server is the
     * one to close, a request that is on its way then is lost, and Go sends no POST again.
     */
    private static final int IDLE_SECONDS = 120;

    private ServerProperties() {}

    static void set(Limits limits) {
        // Head and body of an answer are two packets: without it, the second waits for the client's delayed
        // acknowledgement, 40 ms on Linux.
        set("sun.net.httpserver.nodelay", "true");
        set("sun.net.httpserver.idleInterval", String.valueOf(IDLE_SECONDS));
        set("sun.net.httpserver.maxIdleConnections", String.valueOf(limits.connections()));
        set("jdk.httpserver.maxConnections", String.valueOf(limits.connections()));
        // In s, from the first byte of a request to the last of its body, and from the connection to its first byte.
        // The guard of Workers comes first
        // for the former, but sees no connection that has sent nothing.
        set("sun.net.httpserver.maxReqTime", "30");
        set("sun.net.httpserver.maxReqHeaders", "64");
        set("sun.net.httpserver.maxReqHeaderSize", String.valueOf(32 << 10));
        // In s, from the end of a request to the end of its answer. Long, as it ends streams of events, which begin
        // again by themselves; but not without end,
        // as it is what clears up after a stream whose client is gone.
        set("sun.net.httpserver.maxRspTime", "900");
    }

    private static void set(String name, String value) {
        if (System.getProperty(name) == null) {
            System.setProperty(name, value);
        }
    }
}
