package dev.qmp.sample.machine;

import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Runs machines, if the configuration names none. The packages of the kinds decide which kind is run. There is no
 * condition here, because the configuration is not known yet when the application is processed ahead of time.
 */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(OwnMachines.class)
class MachinesConfiguration {

    @Bean
    Machines machines(OwnMachines own, MachineFactory factory) {
        return new Machines(own, factory);
    }
}
