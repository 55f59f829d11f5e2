package dev.qmp.autoconfigure.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.testing.RequiresTool;
import dev.qmp.testing.Tool;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** The alert rules fire as {@code src/test/prometheus/alert-rules-tests.yml} states. */
@RequiresTool(Tool.PROMTOOL)
class AlertRulesIntegrationTests {

    @Test
    void theRulesFireWhenTheyShould() throws IOException, InterruptedException {
        Process promtool = new ProcessBuilder(
                        Tool.PROMTOOL.find().orElseThrow().toString(), "test", "rules", "alert-rules-tests.yml")
                .directory(new File("src/test/prometheus"))
                .redirectErrorStream(true)
                .start();
        String output = new String(promtool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(promtool.waitFor()).as(output).isZero();
    }
}
