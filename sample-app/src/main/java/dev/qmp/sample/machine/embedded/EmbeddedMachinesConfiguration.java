package dev.qmp.sample.machine.embedded;

import dev.qmp.sample.machine.MachineFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Profile;

/** Without the profile {@code qemu}, the application's own machines are embedded. */
@Configuration(proxyBeanMethods = false)
@Profile("!qemu")
class EmbeddedMachinesConfiguration {

    @Bean
    MachineFactory embeddedMachines() {
        return EmbeddedMachine::new;
    }
}
