package dev.qmp.sample.console.web;

import org.apache.catalina.core.StandardContext;
import org.springframework.boot.tomcat.TomcatContextCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** How the server ends. */
@Configuration(proxyBeanMethods = false)
class TomcatConfiguration {

    /**
     * Tomcat closes its connector with the requests that wait for a machine, now and then before it has told them that they
     * are over. It would wait two seconds for those, for nothing: no thread is left to answer them.
     */
    @Bean
    TomcatContextCustomizer noWaitForAbandonedRequests() {
        return context -> {
            if (context instanceof StandardContext standard) {
                standard.setUnloadDelay(0);
            }
        };
    }
}
