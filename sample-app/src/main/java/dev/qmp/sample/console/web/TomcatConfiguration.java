package dev.qmp.sample.console.web;

import org.apache.catalina.core.StandardContext;
import org.apache.tomcat.util.buf.EncodedSolidusHandling;
import org.springframework.boot.tomcat.TomcatConnectorCustomizer;
import org.springframework.boot.tomcat.TomcatContextCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Configures the end of the server, and which paths it accepts. */
@Configuration(proxyBeanMethods = false)
class TomcatConfiguration {

    /**
     * Sets the unload delay to zero. Tomcat sometimes closes its connector before requests that wait for a machine
     * are completed, and would wait two seconds for them without effect.
     */
    @Bean
    TomcatContextCustomizer noWaitForAbandonedRequests() {
        return context -> {
            if (context instanceof StandardContext standard) {
                standard.setUnloadDelay(0);
            }
        };
    }

    /** Accepts paths with the name of a connection that contains a slash or a backslash. Tomcat would refuse them. */
    @Bean
    TomcatConnectorCustomizer slashesInNames() {
        return connector -> {
            connector.setEncodedSolidusHandling(EncodedSolidusHandling.PASS_THROUGH.getValue());
            connector.setEncodedReverseSolidusHandling(EncodedSolidusHandling.PASS_THROUGH.getValue());
        };
    }
}
