package dev.qmp.autoconfigure.readme;

import dev.qmp.QmpClient;
import dev.qmp.spring.QmpEventReceivedEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

@Component
class Vm {

    private static final Logger log = LoggerFactory.getLogger(Vm.class);

    private final QmpClient vm1;

    Vm(QmpClient vm1) {
        this.vm1 = vm1;
    }

    GuestStatus pause() {
        vm1.blocking().execute("stop");
        return vm1.blocking().execute("query-status", GuestStatus.class);
    }

    @EventListener
    void on(QmpEventReceivedEvent event) {
        log.info("{}: {}", event.getConnectionName(), event.getName());
    }

    record GuestStatus(String status, boolean running) {}
}
