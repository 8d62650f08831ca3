package dev.berth.k8s.api;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;

/** Whatever a server sends is an answer, or an IOException, and never takes for ever. */
class HttpAnswerFuzzTest {
    @DictionaryEntries({
        "HTTP/1.1 200 OK\\x0D\\x0A",
        "HTTP/1.1 100 Continue\\x0D\\x0A\\x0D\\x0A",
        "Content-Length: 5\\x0D\\x0A",
        "Transfer-Encoding: chunked\\x0D\\x0A",
        "Connection: close\\x0D\\x0A",
        "\\x0D\\x0A",
        "0\\x0D\\x0A\\x0D\\x0A",
        "5\\x0D\\x0Aabcde\\x0D\\x0A"
    })
    @FuzzTest
    void answers(FuzzedDataProvider data) {
        byte[] bytes = data.consumeRemainingAsBytes();
        HttpAnswer answer = new HttpAnswer(new ByteArrayInputStream(bytes));
        try {
            long total = 0;
            do {
                answer.readHead("GET");
                if (answer.status() < 0 || answer.status() > 999 || answer.retryAfterSeconds() < 0) {
                    throw new AssertionError("status " + answer.status());
                }
                for (int n; (n = answer.body().read(new byte[512])) >= 0; ) {
                    total += n;
                }
            } while (answer.isReusable());
            if (total > bytes.length) {
                throw new AssertionError(total + " bytes of bodies out of " + bytes.length);
            }
        } catch (IOException refused) {
            // as it should be
        }
    }
}
