package dev.qmp.sample.machine.qemu;

import dev.qmp.sample.machine.MachineFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Profile;

/** With profile {@code qemu}, the application's own machines are QEMU processes. */
@Configuration(proxyBeanMethods = false)
@Profile("qemu")
class QemuMachinesConfiguration {

    @Bean
    MachineFactory qemuMachines() {
        return QemuMachine::new;
    }
}
