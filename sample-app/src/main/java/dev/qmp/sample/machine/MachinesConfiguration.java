package dev.qmp.sample.machine;

import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Runs machines, if the user named none. Of which kind they are is decided where the kinds are. No condition here: whether
 * the user names machines is not known yet when the application is processed ahead of time.
 */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(OwnMachines.class)
class MachinesConfiguration {

    @Bean
    Machines machines(OwnMachines own, MachineFactory factory) {
        return new Machines(own, factory);
    }
}
