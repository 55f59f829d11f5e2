package dev.qmp.sample.app;

import dev.qmp.power.Power;
import dev.qmp.power.PowerLadder;
import dev.qmp.spring.QmpClients;
import java.time.Duration;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/**
 * Starts tasks. A task can take minutes, so the response does not wait for it. Its outcome is the application event
 * {@link dev.qmp.spring.QmpTaskEndedEvent}, its progress {@link dev.qmp.spring.QmpTaskProgressEvent}.
 */
@RestController
class PowerController {

    /** Presses the power button once. A longer ladder could ask again, and quit QEMU at last. */
    private static final PowerLadder ASK = PowerLadder.none().ask(Duration.ofSeconds(10));

    private final QmpClients clients;

    PowerController(QmpClients clients) {
        this.clients = clients;
    }

    /** Asks the guest to shut down. The task fails if the machine is still on after ten seconds. */
    @PostMapping("/api/connections/{name}/power-down")
    @ResponseStatus(HttpStatus.ACCEPTED)
    void powerDown(@PathVariable String name) {
        Power.of(clients.find(name).orElseThrow(() -> new UnknownConnectionException(name)))
                .powerDown(ASK);
    }
}
