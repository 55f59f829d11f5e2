package dev.qmp.autoconfigure.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

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
 * <p>Each connection gets a server of its own, since a monitor serves one client at a time: a bean {@code
 * <name>QmpServer}. It listens on a free local port, and takes the place of the connection's address, whether that
 * comes from the properties or from connection details; connections that are
 * made at startup are there when the first test begins. Replies are scripted by {@link dev.qmp.server.QmpServer#handle} and
 * the ready-made {@link dev.qmp.server.CommandHandler}s, events by {@link dev.qmp.server.QmpServer#emit}, faults by {@link
 * dev.qmp.server.QmpServer#inject} and {@link dev.qmp.server.QmpServer#disconnectClient}.
 *
 * <p>The servers live as long as the context, which tests may share. After each test method they are {@linkplain
 * dev.qmp.server.QmpServer#reset() reset}: handlers that several tests need belong into a {@code @BeforeEach} method.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface AutoConfigureQmpServer {

    /**
     * The names of the connections that get a server. Default: all those in the configuration, or one called {@code vm1} if
     * there are none.
     */
    String[] connection() default {};

    /** Whether the servers are reset after each test method, and connections that were cut are awaited. */
    boolean reset() default true;
}
