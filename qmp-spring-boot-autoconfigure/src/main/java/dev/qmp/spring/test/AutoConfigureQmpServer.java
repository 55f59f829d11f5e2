package dev.qmp.spring.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.test.context.aot.DisabledInAotMode;

/**
 * Puts an in-process server in the place of the machines, for a test class with a Spring context:
 *
 * <pre>{@code
 * @SpringBootTest
 * @AutoConfigureQmpServer
 * class BackupTests {
 *
 *     @Autowired
 *     QmpServer server;
 *
 *     @Test
 *     void stopsTheMachine() {
 *         server.handle("stop", command -> {
 *             server.emit(QmpEvent.of("STOP"));
 *             return QmpJson.object();
 *         });
 *     }
 * }
 * }</pre>
 *
 * <p>Each connection gets a server of its own, because a monitor serves one client at a time: a bean {@code
 * <name>QmpServer}, which {@code @QmpConnection("<name>")} selects, too. The server listens on a free local port and
 * replaces the connection's address, whether that comes from the properties or from connection details. A connection
 * that the application adds to {@link dev.qmp.spring.QmpClients} is redirected in the same way; {@link QmpServers#get}
 * has its server. {@code qmp.discovery.directory} is ignored. So a test never dials a machine. {@code
 * qmp.fleet.enabled} is ignored, too, so that the test takes no machine from the instance that holds it. There is no
 * bean of the type {@link dev.qmp.spring.QmpFleet}. A Hazelcast member of the application still joins its cluster. The
 * server of a connection with the protocol {@code guest-agent} plays an agent; {@link
 * dev.qmp.server.simulation.GuestSimulation#on} adds a guest to it.
 *
 * <p>A client bean that the application builds itself cannot be redirected. If its endpoint is not that of a {@link
 * dev.qmp.server.QmpServer} bean, the context does not start, and the message names the bean. Two kinds of clients are
 * not checked in time: a client that is no bean, and a client that its bean method connects. Obtain such clients by
 * {@link dev.qmp.spring.QmpClients#add}.
 *
 * <p>Connections that are made at startup are there when each test method begins, also if an earlier one has
 * disconnected a client. Replies are scripted by {@link dev.qmp.server.QmpServer#handle} and the ready-made {@link
 * dev.qmp.server.CommandHandler}s, events by {@link dev.qmp.server.QmpServer#emit}, faults by {@link
 * dev.qmp.server.QmpServer#inject} and {@link dev.qmp.server.QmpServer#disconnectClient}.
 *
 * <p>The servers live as long as the context, which tests may share. In a hierarchy of contexts, a child uses the
 * servers of its parent. After each test method they are {@linkplain dev.qmp.server.QmpServer#reset() reset}: handlers
 * that several tests need belong into a {@code @BeforeEach} method.
 *
 * <p>The servers are objects of the running test, so such a class is not processed ahead of time ({@link
 * DisabledInAotMode}), and its tests do not run in that mode.
 */
@Documented
@DisabledInAotMode
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface AutoConfigureQmpServer {

    /**
     * The names of connections that get a server bean besides those in the configuration. Without any name there is one
     * server, {@code vm1}.
     */
    String[] connection() default {};

    /**
     * The version of QEMU whose schema the servers have, such as {@code 7.2}: they object to a command as that QEMU
     * does, before a handler runs; see {@link dev.qmp.server.QmpServer.Builder#schema}. Default: any command that has a
     * handler is accepted.
     */
    String schema() default "";

    /** Whether the servers are reset after each test method, and their clients have a session before the next one. */
    boolean reset() default true;
}
