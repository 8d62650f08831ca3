package dev.berth.k8s.server;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpContext;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpPrincipal;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URI;

/** A request and its answer without a network. */
final class MemoryExchange extends HttpExchange {
    private final Headers request = new Headers();
    private final Headers response = new Headers();
    private final URI uri;
    private final InputStream in;
    final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private int status = -1;

    MemoryExchange(String path, byte[] body) {
        uri = URI.create(path);
        in = new ByteArrayInputStream(body);
        request.set("Content-Type", "application/json");
        request.set("Content-Length", String.valueOf(body.length));
    }

    @Override
    public Headers getRequestHeaders() {
        return request;
    }

    @Override
    public Headers getResponseHeaders() {
        return response;
    }

    @Override
    public URI getRequestURI() {
        return uri;
    }

    @Override
    public String getRequestMethod() {
        return "POST";
    }

    @Override
    public HttpContext getHttpContext() {
        throw new AssertionError("a handler asked for what only a connection has");
    }

    @Override
    public void close() {}

    @Override
    public InputStream getRequestBody() {
        return in;
    }

    @Override
    public OutputStream getResponseBody() {
        return out;
    }

    @Override
    public void sendResponseHeaders(int code, long length) {
        status = code;
    }

    @Override
    public InetSocketAddress getRemoteAddress() {
        throw new AssertionError("a handler asked for what only a connection has");
    }

    @Override
    public int getResponseCode() {
        return status;
    }

    @Override
    public InetSocketAddress getLocalAddress() {
        throw new AssertionError("a handler asked for what only a connection has");
    }

    @Override
    public String getProtocol() {
        return "HTTP/1.1";
    }

    @Override
    public Object getAttribute(String name) {
        return null;
    }

    @Override
    public void setAttribute(String name, Object value) {}

    @Override
    public void setStreams(InputStream input, OutputStream output) {}

    @Override
    public HttpPrincipal getPrincipal() {
        return null;
    }
}
