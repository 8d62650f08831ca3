package dev.berth.k8s.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpAnswerTest {
    private static HttpAnswer of(String text) throws IOException {
        HttpAnswer answer = new HttpAnswer(new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1)));
        answer.begin();
        answer.readHead("GET");
        return answer;
    }

    @Test
    void aLengthEndsTheBodyAndTheConnectionGoesOn() throws IOException {
        HttpAnswer answer = of(
                "HTTP/1.1 409 Conflict\r\nContent-Length: 3\r\nRetry-After: 7\r\n\r\nabcHTTP/1.1 200 OK\r\ncontent-length:0\r\n\r\n");
        assertThat(answer.status()).isEqualTo(409);
        assertThat(answer.retryAfterSeconds()).isEqualTo(7);
        assertThat(answer.isReusable()).isFalse();
        assertThat(HttpConnection.text(answer, 100)).isEqualTo("abc");
        assertThat(answer.isReusable()).isTrue();
        answer.readHead("GET");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.retryAfterSeconds()).isZero();
        assertThat(answer.body().read()).isEqualTo(-1);
        assertThat(answer.isReusable()).isTrue();
    }

    @Test
    void chunksAreJoinedAndTrailersSkipped() throws IOException {
        HttpAnswer answer = of(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 99\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\n");
        assertThat(HttpConnection.text(answer, 100)).isEqualTo("abc0123456789");
        assertThat(answer.isReusable()).isTrue();
    }

    @Test
    void withoutALengthTheBodyEndsWithTheConnection() throws IOException {
        HttpAnswer answer = of("HTTP/1.1 200 OK\r\n\r\nabc");
        assertThat(HttpConnection.text(answer, 100)).isEqualTo("abc");
        assertThat(answer.isReusable()).isFalse();
    }

    @Test
    void answersThatOnlyAnnounceAnotherAreSkipped() throws IOException {
        HttpAnswer answer = of(
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n");
        assertThat(answer.status()).isEqualTo(204);
        assertThat(answer.isReusable()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"
            })
    void aServerThatClosesIsNotAskedAgain(String text) throws IOException {
        assertThat(of(text).isReusable()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\r\n\r\n",
                "SSH-2.0-OpenSSH\r\n",
                "HTTP/2 200\r\n\r\n",
                "HTTP/1.1 2x0 OK\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"
            })
    void whatIsNoAnswerIsRefused(String text) {
        assertThatThrownBy(() -> of(text)).isInstanceOf(IOException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nabc",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n123456789\r\n"
            })
    void aBodyThatIsCutOffIsNoBody(String text) throws IOException {
        HttpAnswer answer = of(text);
        assertThatThrownBy(() -> HttpConnection.text(answer, 100)).isInstanceOf(IOException.class);
        assertThat(answer.isReusable()).isFalse();
    }

    @Test
    void aConnectionThatClosesBeforeTheFirstByteIsToldFromOneThatClosesLater() {
        assertThatThrownBy(() -> of("")).isInstanceOf(HttpConnection.NoAnswerException.class);
        assertThatThrownBy(() -> of("HTTP/1.1 200")).isNotInstanceOf(HttpConnection.NoAnswerException.class);
    }

    @Test
    void anEndlessHeadIsCutOff() {
        InputStream endless = new InputStream() {
            @Override
            public int read() {
                return 'a';
            }
        };
        HttpAnswer answer = new HttpAnswer(endless);
        assertThatThrownBy(() -> answer.readHead("GET")).hasMessageContaining("longer than 65536 bytes");
    }

    /** However bodies are cut into chunks, and the stream into reads, they come out as they went in, one after another. */
    @Property(tries = 300)
    void bodiesComeOutAsTheyWentIn(@ForAll @Size(max = 5) List<byte[]> bodies, @ForAll long seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        ByteArrayOutputStream wire = new ByteArrayOutputStream();
        for (byte[] body : bodies) {
            if (random.nextBoolean()) {
                wire.writeBytes(("HTTP/1.1 200 OK\r\nContent-Length: " + body.length + "\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
                wire.writeBytes(body);
                continue;
            }
            wire.writeBytes(
                    "HTTP/1.1 200 OK\r\ntransfer-encoding: CHUNKED\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            for (int at = 0; at < body.length; ) {
                int n = 1 + random.nextInt(body.length - at);
                wire.writeBytes((Integer.toHexString(n) + "\r\n").getBytes(StandardCharsets.US_ASCII));
                wire.write(body, at, n);
                wire.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
                at += n;
            }
            wire.writeBytes("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        }
        HttpAnswer answer = new HttpAnswer(new Dribble(wire.toByteArray(), random));
        for (byte[] body : bodies) {
            answer.readHead("GET");
            if (random.nextInt(4) == 0) {
                answer.skipBody();
            } else {
                assertThat(answer.body().readAllBytes()).isEqualTo(body);
            }
            assertThat(answer.isReusable()).isTrue();
        }
    }

    /** A stream that gives as few bytes as it likes. */
    static final class Dribble extends InputStream {
        private final ByteArrayInputStream in;
        private final SplittableRandom random;

        Dribble(byte[] bytes, SplittableRandom random) {
            in = new ByteArrayInputStream(bytes);
            this.random = random;
        }

        @Override
        public int read() {
            return in.read();
        }

        @Override
        public int read(byte[] to, int offset, int length) {
            return in.read(to, offset, 1 + random.nextInt(length));
        }
    }
}
