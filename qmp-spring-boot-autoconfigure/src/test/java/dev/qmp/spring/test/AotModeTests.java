package dev.qmp.spring.test;

import static org.assertj.core.api.Assertions.assertThatNoException;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.aot.generate.InMemoryGeneratedFiles;
import org.springframework.test.context.aot.TestContextAotGenerator;

/** A build that processes the contexts of all tests ahead of time passes over those with servers. */
class AotModeTests {

    @Test
    void theContextOfATestWithServersIsNotProcessedAheadOfTime() {
        TestContextAotGenerator generator = new TestContextAotGenerator(new InMemoryGeneratedFiles());
        assertThatNoException().isThrownBy(() -> generator.processAheadOfTime(Stream.of(DefaultQmpServerTests.class)));
    }
}
