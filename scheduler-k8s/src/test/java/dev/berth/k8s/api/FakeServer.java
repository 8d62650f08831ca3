package dev.berth.k8s.api;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Answers HTTP requests as a test wants them answered, on loopback. Requests are kept in the order in which they came. */
final class FakeServer implements Closeable {
    private final ServerSocket listening;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final Script script;
    final List<Request> requests = new CopyOnWriteArrayList<>();

    /** What a client sent. */
    record Request(String line, String body, int onConnection) {
        String method() {
            return line.substring(0, line.indexOf(' '));
        }

        String path() {
            return line.split(" ", -1)[1];
        }
    }

    /** What is answered: the whole text; null closes the connection without an answer. */
    interface Script {
        String answer(Request request) throws Exception;
    }

    static String answer(int status, String body, String... headers) {
        StringBuilder out = new StringBuilder("HTTP/1.1 " + status + " X\r\n");
        for (String header : headers) {
            out.append(header).append("\r\n");
        }
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        return out.append("Content-Length: ")
                .append(bytes.length)
                .append("\r\n\r\n")
                .append(body)
                .toString();
    }

    FakeServer(Script script) throws IOException {
        this.script = script;
        listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread thread = new Thread(this::accept, "fake-server");
        thread.setDaemon(true);
        thread.start();
    }

    ApiAddress address() {
        return ApiAddress.ofPlain("127.0.0.1", listening.getLocalPort());
    }

    private void accept() {
        try {
            for (; ; ) {
                Socket socket = listening.accept();
                open.add(socket);
                Thread thread = new Thread(() -> serve(socket), "fake-connection");
                thread.setDaemon(true);
                thread.start();
            }
        } catch (IOException closed) {
            // the test is over
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            InputStream in = socket.getInputStream();
            for (int i = 0; ; i++) {
                Request request = read(in, i);
                if (request == null) {
                    return;
                }
                requests.add(request);
                String answer = script.answer(request);
                if (answer == null) {
                    return;
                }
                socket.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
                socket.getOutputStream().flush();
            }
        } catch (SocketException gone) {
            // the client, or the test, is over
        } catch (Exception e) {
            throw new AssertionError(e);
        } finally {
            open.remove(socket);
        }
    }

    private static Request read(InputStream in, int number) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            int b = in.read();
            if (b < 0) {
                return null;
            }
            head.write(b);
        }
        String text = head.toString(StandardCharsets.ISO_8859_1);
        int length = 0;
        for (String line : text.split("\r\n", -1)) {
            if (line.startsWith("Content-Length: ")) {
                length = Integer.parseInt(line.substring("Content-Length: ".length()));
            }
        }
        return new Request(
                text.substring(0, text.indexOf('\r')),
                new String(in.readNBytes(length), StandardCharsets.UTF_8),
                number);
    }

    @Override
    public void close() throws IOException {
        listening.close();
        for (Socket socket : open) {
            socket.close();
        }
    }
}
