package dev.qmp.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses as people write them. */
class EndpointTests {

    @ParameterizedTest
    @ValueSource(strings = {"unix:/run/vm1.qmp", "tcp:host:4444", "tcp:127.0.0.1:0", "tcp:[::1]:4444", "unix:/a,b"})
    void readsWhatItWrites(String text) {
        assertThat(Endpoint.parse(text)).hasToString(text);
    }

    @Test
    void knowsPaths() {
        assertThat(Endpoint.parse("unix:/run/vm1.qmp")).isEqualTo(Endpoint.unix(Path.of("/run/vm1.qmp")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/run/vm1.qmp | no known scheme",
                "unix: | no known scheme",
                "http://host:80 | no known scheme",
                "tcp:4444 | no host",
                "tcp:host:http | from 0 to 65535",
                "tcp:host:65536 | from 0 to 65535",
                "tcp:::1:4444 | needs brackets",
                "unix:/run/vm1.qmp,server=on,wait=off | for QEMU's command line",
                "tcp:host:4444,server | for QEMU's command line"
            })
    void saysWhatIsWrongAndWhatItAccepts(String text, String why) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Endpoint.parse(text))
                .withMessageContaining(text)
                .withMessageContaining(why)
                .withMessageContaining("expected unix:PATH, tcp:HOST:PORT or tcp:[IPV6]:PORT");
    }
}
