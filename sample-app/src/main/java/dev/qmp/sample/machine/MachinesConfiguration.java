package dev.qmp.sample.machine;

import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Runs machines, if the user named none. Of which kind they are is decided where the kinds are. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnProperty(OwnMachines.DIRECTORY)
@EnableConfigurationProperties(OwnMachines.class)
class MachinesConfiguration {

    @Bean
    Machines machines(OwnMachines own, MachineFactory factory) {
        return new Machines(own, factory);
    }
}
