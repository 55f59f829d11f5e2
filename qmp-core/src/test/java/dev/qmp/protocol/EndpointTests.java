package dev.qmp.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses as people write them. */
class EndpointTests {

    @ParameterizedTest
    @ValueSource(strings = {"unix:/run/vm1.qmp", "tcp:host:4444", "tcp:127.0.0.1:0", "tcp:[::1]:4444", "unix:/a,b"})
    void readsWhatItWrites(String text) {
        assertThat(Endpoint.parse(text)).hasToString(text);
    }

    static Stream<Endpoint> endpoints() {
        return Stream.of(
                Endpoint.unix(Path.of("/run/vm 1.qmp")),
                Endpoint.unix(Path.of("/run/ \u00fc\u4e2d.qmp")),
                Endpoint.unix(Path.of("/run/a,b,,c")),
                Endpoint.unix(Path.of("/run/a,servers")),
                Endpoint.unix(Path.of("/run/@a")),
                Endpoint.unix(Path.of("/run/a<->b")),
                Endpoint.unix(Path.of("/run/a,unix:/b")),
                Endpoint.unix(Path.of(" a/vm1.qmp")),
                Endpoint.unix(Path.of("/run/a\\u0041")),
                Endpoint.unix(Path.of("vm1.qmp")),
                new Endpoint.Abstract("vm1"),
                new Endpoint.Abstract(" @/vm1"),
                new Endpoint.Abstract("//host/vm1"),
                new Endpoint.Abstract("\u00fc\u4e2d"),
                Endpoint.tcp("localhost", 0),
                Endpoint.tcp("::1", 65_535),
                Endpoint.tcp("fe80::1%eth0", 1),
                Endpoint.tcp("b\u00fccher.example", 4444));
    }

    @ParameterizedTest
    @MethodSource("endpoints")
    void readsWhatAnEndpointWrites(Endpoint endpoint) {
        assertThat(Endpoint.parse(endpoint.toString())).isEqualTo(endpoint);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[::1]",
                "[",
                "a]",
                "a b",
                " host",
                "host ",
                "host\n",
                "\u2003host",
                "a/b",
                "a,b",
                "a\0",
                "user@host",
                "foo:bar"
            })
    void refusesAHostThatItCouldNotReadAgain(String host) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Endpoint.tcp(host, 4444))
                .withMessageContaining("is not a host; give a name or an address, without brackets");
    }

    @ParameterizedTest(name = "{0} is {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "unix:///run/vm1.qmp | unix:/run/vm1.qmp",
                "unix:/run/vm1.qmp,server=on,wait=off | unix:/run/vm1.qmp",
                "unix:/run/vm1.qmp,server,nowait | unix:/run/vm1.qmp",
                "unix:/a,,b,server=on | unix:/a,b",
                "unix:/a,,id=3,,,server=on | unix:/a,,id=3,,,server=on",
                "unix:/a,,b=c,server | unix:/a,,b=c,server=on",
                "unix:@a,,id,server=on | unix:@a,,id,server=on",
                "unix:/run/a,b.qmp | unix:/run/a,b.qmp",
                "unix:/run/a,b=c/vm1.qmp | unix:/run/a,b=c/vm1.qmp",
                "disconnected:unix:/run/vm1.qmp,server=on | unix:/run/vm1.qmp",
                "unix:@vm1 | unix:@vm1",
                "unix:vm1,abstract=on | unix:@vm1",
                "unix:/run/vm1,abstract=on,tight=on,server=on,wait=off | unix:@/run/vm1",
                "unix:/run/vm1,abstract=off | unix:/run/vm1",
                "tcp://localhost:4444 | tcp:localhost:4444",
                "tcp:127.0.0.1:4444,server=on <-> 127.0.0.1:50012 | tcp:127.0.0.1:4444",
                "tcp:[::1]:4444,server=on,ipv6=on | tcp:[::1]:4444",
                "tcp://[fe80::1%eth0]:1 | tcp:[fe80::1%eth0]:1",
                "tcp:host:1,telnet=off | tcp:host:1"
            })
    void input36ReadsTheSpellingsOfQemuLibvirtAndPodman(String text, String endpoint) {
        assertThat(Endpoint.parse(text)).hasToString(endpoint);
        assertThat(Endpoint.parse(endpoint)).isEqualTo(Endpoint.parse(text));
    }

    @Test
    void input36RelativePathsBecomeAbsolute() {
        assertThat(Endpoint.parse("unix:vm1.qmp"))
                .hasToString("unix:" + Path.of("vm1.qmp").toAbsolutePath());
        assertThat(Endpoint.parse("unix:./@vm1"))
                .isEqualTo(Endpoint.unix(Path.of("./@vm1").toAbsolutePath()));
        assertThat(Endpoint.parse("unix:~/vm1.qmp"))
                .hasToString("unix:" + System.getProperty("user.home") + "/vm1.qmp");
    }

    @Test
    void input37SpellingsOfOneSocketHaveOneCanonicalForm(@TempDir Path given) throws IOException {
        Path folder = given.toRealPath();
        Path run = Files.createDirectory(folder.resolve("run"));
        Path link = Files.createSymbolicLink(folder.resolve("link"), run);
        Endpoint missing = Endpoint.unix(run.resolve("vm1.qmp"));
        for (Path spelling :
                List.of(run.resolve("../run/vm1.qmp"), link.resolve("vm1.qmp"), run.resolve("./vm1.qmp"))) {
            assertThat(Endpoint.unix(spelling).canonical()).isEqualTo(missing);
        }
        Path alias = Files.createSymbolicLink(folder.resolve("alias.qmp"), Path.of("run/vm1.qmp"));
        assertThat(Endpoint.unix(alias).canonical()).isEqualTo(missing);
        Files.createFile(run.resolve("vm1.qmp"));
        assertThat(Endpoint.unix(alias).canonical()).isEqualTo(missing);
        assertThat(Endpoint.unix(link.resolve("vm1.qmp")).canonical()).isEqualTo(missing);
        Path circle = Files.createSymbolicLink(folder.resolve("circle.qmp"), Path.of("circle.qmp"));
        assertThat(Endpoint.unix(circle).canonical()).isEqualTo(Endpoint.unix(circle));
        assertThat(Endpoint.parse("unix:/no/such/../folder/x").canonical())
                .isEqualTo(Endpoint.parse("unix:/no/folder/x"));
        assertThat(Endpoint.parse("tcp:LocalHost:1").canonical()).isEqualTo(Endpoint.parse("tcp:localhost:1"));
        assertThat(Endpoint.parse("tcp:[0::1]:1").canonical())
                .isEqualTo(Endpoint.parse("tcp:[::1]:1").canonical());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/a,id=3", "/a,b=c", "/a,,id=3", "/a,,,b=c", "/a,server", "/a,b", "/a,", "/,,a,=", "/a,telnet/b"
            })
    @DisplayName("the text of a path with commas is read as the same path")
    void input36ReadsItsOwnText(String path) {
        Endpoint endpoint = Endpoint.unix(Path.of(path));
        assertThat(Endpoint.parse(endpoint.toString())).isEqualTo(endpoint);
    }

    @Test
    void knowsPaths() {
        assertThat(Endpoint.parse("unix:/run/vm1.qmp")).isEqualTo(Endpoint.unix(Path.of("/run/vm1.qmp")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/run/vm1.qmp | write unix:/run/vm1.qmp",
                "vm1 | no known scheme",
                "unix: | no path after 'unix:'",
                "unix:,server=on | no path after 'unix:'",
                "unix://host/run/vm1.qmp | no host; write unix:/PATH",
                "unix:~other/vm1.qmp | own home folder",
                "unix:@ | needs a name",
                "unix:vm1,abstract=on,tight=off | tight=off",
                "unix:/run/vm1.qmp,server=off | let the client listen",
                "unix:/run/vm1.qmp,reconnect=1 | let the client listen",
                "unix:/run/vm1.qmp,server=on,sever=on | option 'sever' is unknown",
                "unix:/run/vm1.qmp,sever=on | option 'sever' is unknown",
                "unix:/run/vm1.qmp,sever,nowait | option 'sever' is unknown",
                "unix:/run/a,b.qmp,server=on | option 'b.qmp' is unknown; if the comma is part of the path",
                "tcp:host:4444,server=on,telnet=on | telnet",
                "tcp:host:4444,server=on,websocket=on | websocket",
                "tcp:host:4444,tls-creds=tls0 | TLS is configured at the client",
                "tcp:host:4444,to=4450 | a port of a range",
                "tcp:host:4444,abstract=on | only a Unix socket",
                "http://host:80 | over HTTP",
                "vsock:3:4444 | vsock is not supported",
                "fd:5 | an open descriptor has no address",
                "ws://host:80 | websocket",
                "wss://host:80 | websocket",
                "telnet:host:80 | telnet",
                "tls:host:80 | TLS is an option of the client",
                "pty | a terminal is no socket",
                "stdio | is no socket",
                "chardev:mon0 | known to QEMU only",
                "socket,path=/run/vm1.qmp,server=on | -chardev form; write unix:PATH",
                "tcp: | no host and no port after 'tcp:'",
                "tcp:localhost | no port after the host",
                "tcp:localhost: | no port after the host",
                "tcp::4444 | no host before the port",
                "tcp:[::1:4444 | not closed",
                "tcp:[::1] | no port after the host",
                "tcp:[::1]4444 | a colon and the port",
                "tcp:a b:4444 | is not a host",
                "tcp:4444 | no host before the port",
                "tcp:host:http | from 0 to 65535",
                "tcp:host:65536 | from 0 to 65535",
                "tcp:host:+5 | from 0 to 65535",
                "tcp:::1:4444 | needs brackets",
                "tcp:[zz]:4444 | only an IPv6 address is written in brackets",
                "tcp:[127.0.0.1]:4444 | only an IPv6 address is written in brackets",
                "tcp:u@host:4444 | a monitor has no users",
                "unix: /run/vm1.qmp | whitespace follows 'unix:'",
                "unix:/x,unix:/y | a comma joins two addresses; give one",
                "unix:/x,server=on,unix:/y | a comma joins two addresses; give one",
                "tcp:a:1,tcp:b:2 | a comma joins two addresses; give one",
                "unix:/x, tcp:b:2 | a comma joins two addresses; give one"
            })
    void input39SaysWhatIsWrongAndWhatItAccepts(String text, String why) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Endpoint.parse(text))
                .withMessageContaining(text)
                .withMessageContaining(why)
                .withMessageContaining("expected unix:PATH, unix:@NAME, tcp:HOST:PORT or tcp:[IPV6]:PORT");
    }

    /** A longer path works through a link to its folder, if the file's name is short enough. */
    @Test
    void aPathWhoseFileNameIsTooLongForASocketIsRefused() {
        String folder = "/" + "f".repeat(100) + "/";
        for (String path : List.of(folder + "n".repeat(75), "/" + "n".repeat(105))) {
            assertThat(Endpoint.parse("unix:" + path)).isEqualTo(Endpoint.unix(Path.of(path)));
        }
        for (String path : List.of(folder + "n".repeat(76), folder + "\u00fc".repeat(38), "/" + "n".repeat(106))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Endpoint.parse("unix:" + path))
                    .withMessageContaining("106 at most; use a shorter path, or a file name of at most 75 bytes");
        }
    }
}
