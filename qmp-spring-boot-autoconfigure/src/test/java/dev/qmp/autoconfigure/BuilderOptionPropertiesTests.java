package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.QmpClient;
import dev.qmp.message.QmpCommand;
import dev.qmp.protocol.Endpoint;
import dev.qmp.protocol.Runstate;
import dev.qmp.protocol.TlsOptions;
import dev.qmp.server.CommandHandler;
import dev.qmp.server.QmpServer;
import dev.qmp.spring.QmpClientBuilderCustomizer;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** What can be set in code can be set in the configuration. */
class BuilderOptionPropertiesTests {

    private final ApplicationContextRunner runner =
            new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(QmpAutoConfiguration.class));

    @Test
    void input23AGuestAgentIsConfiguredByItsProtocol(@TempDir Path folder) throws IOException {
        Path socket = folder.resolve("vm1.qga");
        try (ServerSocketChannel listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            listening.bind(UnixDomainSocketAddress.of(socket));
            runner.withPropertyValues(
                            "qmp.connection.agent.address=unix:" + socket, "qmp.connection.agent.protocol=guest-agent")
                    .run(context -> {
                        QmpClient agent = context.getBean("agent", QmpClient.class);
                        try (SocketChannel accepted = listening.accept()) {
                            Awaitility.await().until(() -> agent.runstate() == Runstate.RUNNING);
                            var pong = agent.execute("guest-ping");
                            BufferedReader requests =
                                    new BufferedReader(Channels.newReader(accepted, StandardCharsets.ISO_8859_1));
                            assertThat(requests.readLine()).contains("\"guest-sync-delimited\"");
                            String request = requests.readLine();
                            assertThat(request).contains("\"guest-ping\"");
                            String id = request.replaceFirst(".*\"id\":\\s*(\"[^\"]*\").*", "$1");
                            accepted.write(ByteBuffer.wrap(
                                    ("{\"return\": {}, \"id\": " + id + "}\n").getBytes(StandardCharsets.UTF_8)));
                            assertThat(pong.join().isEmpty()).isTrue();
                        }
                    });
        }
    }

    @Test
    void input23GreetingAndNegotiationCanBeSetAlone(@TempDir Path folder) {
        Path socket = folder.resolve("vm1.qmp");
        try (QmpServer server = QmpServer.builder(Endpoint.unix(socket))
                .handler("query-status", CommandHandler.returning(Map.of("status", "running")))
                .start()) {
            runner.withPropertyValues(
                            "qmp.connection.vm1.address=unix:" + socket,
                            "qmp.connection.vm1.protocol=guest-agent",
                            "qmp.connection.vm1.await-greeting=true",
                            "qmp.connection.vm1.negotiate=true")
                    .run(context -> {
                        QmpClient client = context.getBean(QmpClient.class);
                        Awaitility.await().until(() -> client.runstate() == Runstate.RUNNING);
                        assertThat(client.status().greeting()).isNotNull();
                        client.execute("query-status").join();
                        assertThat(server.received())
                                .extracting(QmpCommand::name)
                                .contains("query-status");
                    });
        }
    }

    @Test
    void fileDescriptorsNeedAUnixSocketThatThisSideDials() {
        for (List<String> wrong : List.of(
                List.of("qmp.connection.vm1.address=tcp:localhost:1"),
                List.of("qmp.connection.vm1.address=unix:/run/vm1", "qmp.connection.vm1.mode=listen"))) {
            runner.withPropertyValues(wrong.toArray(String[]::new))
                    .withPropertyValues("qmp.connection.vm1.file-descriptors=true")
                    .run(context -> assertThat(context)
                            .getFailure()
                            .rootCause()
                            .hasMessageContaining("qmp.connection.vm1.file-descriptors")
                            .hasMessageContaining("is not such a socket"));
        }
    }

    @Test
    void fileDescriptorsNameTheLibraryThatTheyNeed() {
        runner.withClassLoader(new FilteredClassLoader("org.newsclub.net.unix"))
                .withPropertyValues(
                        "qmp.defaults.auto-startup=false",
                        "qmp.connection.vm1.address=unix:/run/vm1",
                        "qmp.defaults.file-descriptors=true")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .isInstanceOfSatisfying(InvalidQmpPropertyException.class, failure -> {
                            assertThat(failure.getProperty()).isEqualTo("qmp.defaults.file-descriptors");
                            assertThat(failure.getAccepted()).contains("junixsocket-common");
                        }));
    }

    @Test
    void anAbstractSocketNamesTheLibraryThatItNeeds() {
        runner.withClassLoader(new FilteredClassLoader("org.newsclub.net.unix"))
                .withPropertyValues("qmp.defaults.auto-startup=false", "qmp.connection.vm1.address=unix:@vm1")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .isInstanceOfSatisfying(InvalidQmpPropertyException.class, failure -> {
                            assertThat(failure.getProperty()).isEqualTo("qmp.connection.vm1.address");
                            assertThat(failure.getAccepted()).contains("junixsocket-common");
                        }));
    }

    /** Only the library is missing, and the address needs it without descriptors, too. */
    @Test
    void theAdviceForAnAbstractSocketKeepsTheAddress() {
        runner.withClassLoader(new FilteredClassLoader("org.newsclub.net.unix"))
                .withPropertyValues(
                        "qmp.defaults.auto-startup=false",
                        "qmp.connection.vm1.address=unix:@vm1",
                        "qmp.connection.vm1.file-descriptors=true")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .isInstanceOfSatisfying(InvalidQmpPropertyException.class, failure -> {
                            assertThat(failure.getProperty()).isEqualTo("qmp.connection.vm1.address");
                            assertThat(failure.getAccepted()).contains("or this one with", "junixsocket-common");
                        }));
    }

    @Test
    void input23TheDefaultOfCommandIdsIsForGuestAgentsOnly() {
        runner.withPropertyValues(
                        "qmp.defaults.auto-startup=false",
                        "qmp.defaults.command-ids=false",
                        "qmp.connection.vm1.address=unix:/run/vm1.qmp",
                        "qmp.connection.greeting.address=unix:/run/vm2.qga",
                        "qmp.connection.greeting.protocol=guest-agent",
                        "qmp.connection.greeting.await-greeting=true",
                        "qmp.connection.agent.address=unix:/run/vm1.qga",
                        "qmp.connection.agent.protocol=guest-agent",
                        "qmp.connection.bare.address=unix:/run/vm3.qga",
                        "qmp.connection.bare.await-greeting=false",
                        "qmp.connection.bare.negotiate=false")
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    assertThat(context.getBeansOfType(QmpClient.class))
                            .hasSize(4)
                            .allSatisfy((name, client) -> assertThat(
                                            client.options().commandIds())
                                    .isEqualTo(name.equals("vm1") || name.equals("greeting")));
                });
    }

    private ApplicationContextRunner monitorWithoutIds() {
        return runner.withPropertyValues(
                "qmp.defaults.auto-startup=false",
                "qmp.connection.vm1.address=unix:/run/vm1",
                "qmp.connection.vm1.command-ids=false");
    }

    @Test
    void input23AConnectionsOwnCommandIdsAreRefusedForAMonitor() {
        monitorWithoutIds().run(context -> assertThat(context)
                .getFailure()
                .rootCause()
                .isInstanceOfSatisfying(InvalidQmpPropertyException.class, failure -> {
                    assertThat(failure.getProperty()).isEqualTo("qmp.connection.vm1.command-ids");
                    assertThat(failure.getReason()).contains("a monitor's replies can be matched by ids only");
                    assertThat(failure.getAccepted()).contains("protocol: guest-agent");
                }));
    }

    @Test
    void input23ACustomizerCanMakeAConnectionWithoutIdsOneToAGuestAgent() {
        QmpClientBuilderCustomizer agents = (name, builder) -> builder.guestAgent();
        monitorWithoutIds()
                .withBean(QmpClientBuilderCustomizer.class, () -> agents)
                .run(context -> assertThat(
                                context.getBean(QmpClient.class).options().commandIds())
                        .isFalse());
    }

    @Test
    void anotherRefusalOfAConnectionWithoutIdsIsReportedAsItIs() {
        monitorWithoutIds()
                .withPropertyValues("qmp.connection.vm1.protocol=guest-agent")
                .withBean(
                        QmpClientBuilderCustomizer.class,
                        () -> (name, builder) -> builder.tls(TlsOptions.of(() -> {
                            throw new AssertionError("no connection is made");
                        })))
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .isExactlyInstanceOf(IllegalArgumentException.class)
                        .hasMessageStartingWith("tls: "));
    }
}
