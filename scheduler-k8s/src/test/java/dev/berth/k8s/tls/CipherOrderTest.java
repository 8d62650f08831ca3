package dev.berth.k8s.tls;

import static org.assertj.core.api.Assertions.assertThat;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;

class CipherOrderTest {
    @Test
    void onlyTheOrderChanges() throws Exception {
        SSLParameters parameters = SSLContext.getDefault().getDefaultSSLParameters();
        String[] before = parameters.getCipherSuites();

        CipherOrder.apply(parameters);

        assertThat(parameters.getCipherSuites()).containsExactlyInAnyOrder(before);
        assertThat(parameters.getCipherSuites()[0]).isEqualTo("TLS_CHACHA20_POLY1305_SHA256");
        assertThat(parameters.getUseCipherSuitesOrder()).isTrue();
    }

    @Test
    void aRuntimeWithoutTheSuiteKeepsItsOrder() {
        SSLParameters parameters = new SSLParameters(new String[] {"TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256"});

        CipherOrder.apply(parameters);

        assertThat(parameters.getCipherSuites()).containsExactly("TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256");
    }
}
