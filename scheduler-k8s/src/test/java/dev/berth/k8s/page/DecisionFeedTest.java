package dev.berth.k8s.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The stream of decisions, over raw sockets. */
@Timeout(60)
final class DecisionFeedTest {
    private static final Pattern ID = Pattern.compile("id: ([0-9a-z]+)-([0-9]+)");

    private static LivePage.Limits limits(int streams, Duration heartbeat, Duration slow, Duration life) {
        return new LivePage.Limits(streams, heartbeat, slow, life, Duration.ZERO);
    }

    private static LivePage.Limits usual() {
        return limits(3, Duration.ofSeconds(15), Duration.ofSeconds(10), Duration.ofMinutes(10));
    }

    /** A client that reads line by line. */
    private static final class Client implements AutoCloseable {
        private final Socket socket;
        private final BufferedReader lines;

        Client(PageServer server, String lastEventId) throws IOException {
            socket =
                    new Socket(InetAddress.getLoopbackAddress(), server.uri("/").getPort());
            OutputStream out = socket.getOutputStream();
            out.write(("GET /v1/decisions HTTP/1.1\r\nHost: x\r\n"
                            + (lastEventId == null ? "" : "Last-Event-ID: " + lastEventId + "\r\n") + "\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            out.flush();
            lines = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        }

        /** The next line that matches, skipping the others. */
        String next(String regex) throws IOException {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.matches(regex)) {
                    return line;
                }
            }
            throw new IOException("the stream ended before " + regex);
        }

        /** Reads on to the end. */
        List<String> rest() throws IOException {
            List<String> rest = new ArrayList<>();
            try {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    rest.add(line);
                }
            } catch (SocketException e) {
                rest.add("reset");
            }
            return rest;
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private static FakeInsight insight(int remembered) {
        return new FakeInsight(DemoCluster.small(), remembered);
    }

    private static void decide(FakeInsight insight, int count) {
        for (int i = 0; i < count; i++) {
            insight.decide(
                    "bound", "a/pod-" + i, "a/gang", "node-1", List.of(1, 2), "a/pod-" + i + " was bound\nto it");
        }
    }

    private static long number(String idLine) {
        Matcher matcher = ID.matcher(idLine);
        assertThat(matcher.matches()).as(idLine).isTrue();
        return Long.parseLong(matcher.group(2));
    }

    @Test
    void sendsDecisionsAsTheyHappen() throws Exception {
        FakeInsight insight = insight(1000);
        try (PageServer server = new PageServer(insight, usual());
                Client client = new Client(server, null)) {
            assertThat(client.next("HTTP/.*")).isEqualTo("HTTP/1.1 200 OK");
            client.next("(?i)content-type: text/event-stream");
            client.next("retry: [0-9]+");
            decide(insight, 1);
            assertThat(number(client.next("id: .*"))).isEqualTo(1);
            assertThat(client.next("event: .*")).isEqualTo("event: decision");
            // On one line, whatever the text holds.
            assertThat(client.next("data: .*"))
                    .contains(
                            "\"kind\":\"bound\"",
                            "\"pod\":\"a/pod-0\"",
                            "\"gang\":\"a/gang\"",
                            "\"gpus\":[1,2]",
                            "bound\\nto it");
            decide(insight, 1);
            assertThat(number(client.next("id: .*"))).isEqualTo(2);
        }
    }

    @Test
    void beginsWithTheLatest() throws Exception {
        FakeInsight insight = insight(1000);
        decide(insight, 300);
        try (PageServer server = new PageServer(insight, usual());
                Client client = new Client(server, null)) {
            assertThat(number(client.next("id: .*"))).isEqualTo(251);
        }
    }

    @Test
    void goesOnWhereItEnded() throws Exception {
        FakeInsight insight = insight(1000);
        try (PageServer server = new PageServer(insight, usual())) {
            decide(insight, 5);
            String third;
            try (Client client = new Client(server, null)) {
                client.next("id: .*");
                client.next("id: .*");
                third = client.next("id: .*");
            }
            decide(insight, 5);
            try (Client client = new Client(server, third.substring(4))) {
                for (int expected = 4; expected <= 10; expected++) {
                    assertThat(number(client.next("id: .*|event: gap"))).isEqualTo(expected);
                }
            }
        }
    }

    @Test
    void tellsThatSomethingIsMissing() throws Exception {
        FakeInsight insight = insight(10);
        try (PageServer server = new PageServer(
                insight, limits(10, Duration.ofSeconds(15), Duration.ofSeconds(10), Duration.ofMinutes(10)))) {
            decide(insight, 3);
            String third;
            try (Client client = new Client(server, null)) {
                client.next("id: .*");
                client.next("id: .*");
                third = client.next("id: .*");
            }
            decide(insight, 50);
            try (Client client = new Client(server, third.substring(4))) {
                client.next("event: gap");
                assertThat(number(client.next("id: .*"))).isEqualTo(44);
            }
            // Of another process, or of nobody's making.
            for (String foreign :
                    List.of("zzz-3", "3", "-", "x".repeat(300), third.substring(4) + "99999999999999999999")) {
                try (Client client = new Client(server, foreign)) {
                    client.next("event: gap");
                    assertThat(number(client.next("id: .*"))).isEqualTo(44);
                }
            }
        }
    }

    @Test
    void isNeverSilentForLong() throws Exception {
        try (PageServer server = new PageServer(
                        insight(10), limits(1, Duration.ofMillis(20), Duration.ofSeconds(10), Duration.ofMinutes(1)));
                Client client = new Client(server, null)) {
            client.next("retry: .*");
            client.next(":");
            client.next(":");
        }
    }

    @Test
    void endsAfterItsTime() throws Exception {
        FakeInsight insight = insight(10);
        try (PageServer server = new PageServer(
                        insight, limits(1, Duration.ofMillis(20), Duration.ofSeconds(10), Duration.ofMillis(100)));
                Client client = new Client(server, null)) {
            client.next("retry: .*");
            // The last chunk: a whole answer, after which a browser comes again.
            client.next("0");
        }
    }

    @Test
    void refusesMoreThanItCanServe() throws Exception {
        FakeInsight insight = insight(10);
        try (PageServer server = new PageServer(insight, usual());
                Client one = new Client(server, null);
                Client two = new Client(server, null)) {
            one.next("retry: .*");
            two.next("retry: .*");
            try (Client three = new Client(server, null)) {
                three.next("retry: .*");
                try (Client four = new Client(server, null)) {
                    assertThat(four.next("HTTP/.*")).contains("503");
                    four.next("(?i)retry-after: 10");
                }
            }
            // The place of one who has left is given to the next, once a write has found that he left.
            while (true) {
                decide(insight, 1);
                try (Client five = new Client(server, null)) {
                    if (five.next("HTTP/.*").contains("200")) {
                        five.next("retry: .*");
                        break;
                    }
                }
            }
        }
    }

    @Test
    void dropsWhoDoesNotRead() throws Exception {
        FakeInsight insight = insight(100_000);
        insight.decide("bound", "a/b", null, null, List.of(), "x".repeat(1000));
        try (PageServer server = new PageServer(
                        insight, limits(1, Duration.ofSeconds(15), Duration.ofMillis(200), Duration.ofMinutes(10)));
                Client slow = new Client(server, null)) {
            slow.next("id: .*");
            for (int i = 0; i < 30_000; i++) {
                insight.decide("bound", "a/b", null, null, List.of(), "x".repeat(1000));
            }
            // Only when the slow one has been dropped is there a place for another.
            while (true) {
                try (Client other = new Client(server, null)) {
                    if (other.next("HTTP/.*").contains("200")) {
                        break;
                    }
                }
            }
            assertThat(slow.rest().size()).isLessThan(30_000 * 4);
        }
    }

    @Test
    void letsGoOfTheEngine() throws Exception {
        FakeInsight insight = insight(10);
        PageServer server = new PageServer(insight, usual());
        assertThat(insight.listeners()).isEqualTo(1);
        try (Client client = new Client(server, null)) {
            client.next("retry: .*");
            server.close();
            client.rest();
            assertThat(insight.listeners()).isZero();
        }
    }

    @Test
    void aHeadHasNoStream() throws Exception {
        try (PageServer server = new PageServer(insight(10), usual());
                Socket socket = new Socket(
                        InetAddress.getLoopbackAddress(), server.uri("/").getPort())) {
            socket.getOutputStream()
                    .write("HEAD /v1/decisions HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8)).startsWith("HTTP/1.1 200 OK");
        }
    }
}
