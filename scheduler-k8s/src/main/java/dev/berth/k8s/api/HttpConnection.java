package dev.berth.k8s.api;

import dev.berth.k8s.tls.CipherOrder;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketOption;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;

/**
 * One connection to the API server: HTTP/1.1 over a blocking socket, one request after another. Not thread-safe, but {@link #close} may be called from any thread and
 * ends what is waited for.
 *
 * <p>Why not {@code java.net.http}: on the rig a PATCH costs it 1.2 ms of CPU over the first 5,000, this 0.3 ms (docs/decisions/0061).
 */
final class HttpConnection implements Closeable {
    private final Socket socket;
    private final OutputStream out;
    private final HttpAnswer answer;
    private boolean used;

    private HttpConnection(Socket socket) throws IOException {
        this.socket = socket;
        this.out = socket.getOutputStream();
        this.answer = new HttpAnswer(socket.getInputStream());
    }

    /**
     * Opens a connection, TLS handshake included.
     *
     * @param sockets null without TLS
     */
    static HttpConnection open(
            String host, int port, @Nullable SSLSocketFactory sockets, boolean checkName, int timeoutMillis)
            throws IOException {
        Socket plain = new Socket();
        try {
            plain.connect(new InetSocketAddress(host, port), timeoutMillis);
            plain.setTcpNoDelay(true);
            // a peer that vanished without a word is noticed after 10 + 3 * 5 s, also where nothing is ever sent
            plain.setKeepAlive(true);
            set(plain, ExtendedSocketOptions.TCP_KEEPIDLE, 10);
            set(plain, ExtendedSocketOptions.TCP_KEEPINTERVAL, 5);
            set(plain, ExtendedSocketOptions.TCP_KEEPCOUNT, 3);
            plain.setSoTimeout(timeoutMillis);
            if (sockets == null) {
                return new HttpConnection(plain);
            }
            SSLSocket tls = (SSLSocket) sockets.createSocket(plain, host, port, true);
            SSLParameters parameters = tls.getSSLParameters();
            CipherOrder.apply(parameters);
            if (checkName) {
                // off unless asked for
                parameters.setEndpointIdentificationAlgorithm("HTTPS");
            }
            tls.setSSLParameters(parameters);
            tls.startHandshake();
            return new HttpConnection(tls);
        } catch (IOException | RuntimeException e) {
            plain.close();
            throw e;
        }
    }

    private static void set(Socket socket, SocketOption<Integer> option, int value) throws IOException {
        if (socket.supportedOptions().contains(option)) {
            socket.setOption(option, value);
        }
    }

    /**
     * Sends a request and reads the answer's head. The answer before must have been read to its end.
     *
     * @param path what follows the address, query included; encoded
     * @param contentType of the body; null when there is none
     * @param readTimeoutMillis how long to wait for each byte of the answer; 0 for ever
     */
    HttpAnswer send(
            ApiAddress address,
            String method,
            String path,
            @Nullable String contentType,
            byte @Nullable [] body,
            int readTimeoutMillis)
            throws IOException {
        StringBuilder head = new StringBuilder(512)
                .append(method)
                .append(' ')
                .append(address.basePath())
                .append(path)
                .append(" HTTP/1.1\r\nHost: ")
                .append(address.hostHeader())
                .append("\r\nUser-Agent: berth\r\nAccept: application/json\r\n");
        String authorization = address.authorization();
        if (authorization != null) {
            head.append("Authorization: ").append(authorization).append("\r\n");
        }
        int length = 0;
        if (body != null && contentType != null) {
            length = body.length;
            head.append("Content-Type: ")
                    .append(contentType)
                    .append("\r\nContent-Length: ")
                    .append(length)
                    .append("\r\n");
        }
        byte[] first = head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
        byte[] all = new byte[first.length + length];
        System.arraycopy(first, 0, all, 0, first.length);
        if (body != null && contentType != null) {
            System.arraycopy(body, 0, all, first.length, length);
        }
        socket.setSoTimeout(readTimeoutMillis);
        answer.begin();
        used = true;
        out.write(all);
        out.flush();
        answer.readHead(method);
        return answer;
    }

    /** Whether a request has been sent on it. */
    boolean isUsed() {
        return used;
    }

    /** Whether another request may be sent on it. */
    boolean isReusable() {
        return !socket.isClosed() && answer.isReusable();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            // it is gone either way; nothing is told to the peer that it would need
            org.slf4j.LoggerFactory.getLogger(HttpConnection.class).debug("closing a connection: {}", e.toString());
        }
    }

    /** The rest of a body as text, at most so many bytes of it. */
    static String text(HttpAnswer answer, int mostBytes) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
        byte[] some = new byte[2048];
        InputStream body = answer.body();
        for (int n; bytes.size() < mostBytes && (n = body.read(some)) >= 0; ) {
            bytes.write(some, 0, Math.min(n, mostBytes - bytes.size()));
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    /** The peer closed the connection before the first byte of an answer. */
    static final class NoAnswerException extends EOFException {
        private static final long serialVersionUID = 1;

        NoAnswerException() {
            super("the connection was closed before an answer");
        }
    }
}
