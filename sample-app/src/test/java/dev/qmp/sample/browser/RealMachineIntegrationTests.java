package dev.qmp.sample.browser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.qmp.QmpClient;
import dev.qmp.sample.testing.Browser;
import dev.qmp.sample.testing.RunningSample;
import dev.qmp.testing.Qemu;
import dev.qmp.testing.RequiresTool;
import dev.qmp.testing.Tool;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The pages, with a real QEMU and its firmware. */
@RequiresTool(Tool.BROWSER)
class RealMachineIntegrationTests {

    private static final Duration SOON = Duration.ofSeconds(20);

    @Test
    @RequiresTool(Tool.QEMU)
    void showsThePausesAndTheDeathOfARealMachine() throws Exception {
        try (Qemu qemu = Qemu.withMachine("pc,accel=tcg", "-vga", "std", "-m", "64");
                Browser browser = new Browser()) {
            qemu.restart();
            try (RunningSample sample = new RunningSample("--qmp.connection.vm1.address=" + qemu.endpoint())) {
                browser.open(sample.page(""));
                browser.awaitText(".card .word", "running");
                await("firmware on the screen").atMost(SOON).until(() -> browser.colours(".card canvas") > 1);

                browser.click(".card button[data-action=pause]");
                browser.awaitText(".card .word", "paused");
                assertThat(guestStatus(qemu)).isEqualTo("paused");
                browser.click(".card button[data-action=resume]");
                browser.awaitText(".card .word", "running");
                assertThat(guestStatus(qemu)).isEqualTo("running");

                qemu.kill();
                browser.awaitText(".card .word", "down", Duration.ofSeconds(1));
                qemu.restart();
                browser.awaitText(".card .word", "running");
            }
        }
    }

    /** Asks on another monitor, which knows nothing of the sample. */
    private static String guestStatus(Qemu qemu) {
        try (QmpClient oracle = QmpClient.builder(qemu.oracle()).build()) {
            oracle.blocking().connect();
            return oracle.blocking().execute("query-status").get("status").stringValue();
        }
    }
}
