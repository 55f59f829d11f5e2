package dev.qmp.spring.test;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.QmpClient;
import dev.qmp.autoconfigure.QmpAutoConfiguration;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Configuration;
import org.springframework.test.annotation.DirtiesContext.HierarchyMode;
import org.springframework.test.context.TestContext;
import org.springframework.test.context.TestContextManager;

/** A client that a test closes cannot be started again, so no later test waits for it. */
class ClosedClientTests {

    /** The wait of the listener for one client. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final QmpServerTestExecutionListener listener = new QmpServerTestExecutionListener();

    @Test
    void theNextTestBeginsAtOnce() throws Exception {
        TestContext test = new TestContextManager(Example.class).getTestContext();
        try {
            listener.beforeTestMethod(test);
            test.getApplicationContext().getBean(QmpClient.class).close();
            long begin = System.nanoTime();
            listener.afterTestMethod(test);
            listener.beforeTestMethod(test);
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(PATIENCE);
        } finally {
            test.markApplicationContextDirty(HierarchyMode.EXHAUSTIVE);
        }
    }

    @AutoConfigureQmpServer
    @SpringBootTest(classes = Application.class, webEnvironment = SpringBootTest.WebEnvironment.NONE)
    static class Example {}

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration(QmpAutoConfiguration.class)
    static class Application {}
}
