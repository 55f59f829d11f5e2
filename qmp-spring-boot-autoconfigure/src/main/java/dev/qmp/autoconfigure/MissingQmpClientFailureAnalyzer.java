package dev.qmp.autoconfigure;

import dev.qmp.QmpClient;
import dev.qmp.agent.GuestAgent;
import dev.qmp.error.Text;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.HierarchicalBeanFactory;
import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.analyzer.AbstractInjectionFailureAnalyzer;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;

/**
 * Describes what to configure if an injection point has no client or guest agent, or more than one. Ordered before
 * Boot's own analyzer.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class MissingQmpClientFailureAnalyzer extends AbstractInjectionFailureAnalyzer<NoSuchBeanDefinitionException> {

    private final BeanFactory beans;
    private final Environment environment;

    MissingQmpClientFailureAnalyzer(BeanFactory beans, Environment environment) {
        this.beans = beans;
        this.environment = environment;
    }

    @Override
    protected @Nullable FailureAnalysis analyze(
            Throwable rootFailure, NoSuchBeanDefinitionException cause, @Nullable String description) {
        Class<?> type = cause.getBeanType();
        if (type != GuestAgent.class && type != QmpClient.class) {
            return null;
        }
        String place = (description != null ? description : "A component") + " required a " + type.getSimpleName();
        if (!beans.containsBean("qmpClients") && !(cause instanceof NoUniqueBeanDefinitionException)) {
            return new FailureAnalysis(
                    place + ", and QmpAutoConfiguration is not active.",
                    "If this is a test of a slice, such as @WebMvcTest, add a @MockitoBean, or"
                            + " @ImportAutoConfiguration(QmpAutoConfiguration.class). Otherwise remove"
                            + " QmpAutoConfiguration from the excluded auto-configurations.",
                    cause);
        }
        InvalidQmpPropertyException late = late(type);
        if (late != null) {
            return new InvalidQmpPropertyFailureAnalyzer(environment).analyze(rootFailure, late);
        }
        if (type == GuestAgent.class) {
            return guestAgent(cause, place);
        }
        Collection<String> names = ConnectionNames.of(environment).keySet();
        if (cause instanceof NoUniqueBeanDefinitionException several) {
            return new FailureAnalysis(
                    place + ", and there are several: " + several.getBeanNamesFound() + ".",
                    "Name the parameter as its connection, annotate it with @QmpConnection, or set"
                            + " qmp.connection.<name>.primary to true for one of the connections.",
                    cause);
        }
        if (names.isEmpty()) {
            return new FailureAnalysis(
                    place + ", and no connection is configured.",
                    "Set qmp.connection.<name>.address, for instance qmp.connection.vm1.address=unix:/run/vm1.qmp. If"
                            + " connections come while the application runs, inject QmpClients instead.",
                    cause);
        }
        return new FailureAnalysis(
                place + ", but no connection has that name. The connections are: "
                        + Text.printableSentence(String.join(", ", names)) + ".",
                "Correct the name in @QmpConnection or @Qualifier, or configure a connection of that name under"
                        + " qmp.connection. A QmpClient bean of the application replaces all of them.",
                cause);
    }

    /** {@return why a configured connection lacks a bean: its property came too late; null if none lacks one} */
    private @Nullable InvalidQmpPropertyException late(Class<?> type) {
        if (!(beans instanceof HierarchicalBeanFactory local)
                || !local.containsLocalBean(QmpAutoConfiguration.ConfiguredClients.class.getName())) {
            return null;
        }
        for (Map.Entry<String, ConnectionNames.Traits> connection :
                ConnectionNames.of(environment).entrySet()) {
            String name = connection.getKey();
            if (!beans.containsBean(name)) {
                return QmpClientRegistrar.lateConnection(name);
            }
            if (type == GuestAgent.class
                    && connection.getValue().guestAgent()
                    && !beans.containsBean(name + QmpClientRegistrar.AGENT_SUFFIX)) {
                return QmpClientRegistrar.lateProtocol(name);
            }
        }
        return null;
    }

    private FailureAnalysis guestAgent(NoSuchBeanDefinitionException cause, String place) {
        if (cause instanceof NoUniqueBeanDefinitionException several) {
            return new FailureAnalysis(
                    place + ", and there are several: " + several.getBeanNamesFound() + ".",
                    "Annotate the parameter with @QmpConnection and the name of the connection.",
                    cause);
        }
        List<String> agents = ConnectionNames.of(environment).entrySet().stream()
                .filter(connection -> connection.getValue().guestAgent())
                .map(Map.Entry::getKey)
                .toList();
        if (agents.isEmpty()) {
            return new FailureAnalysis(
                    place + ", and no connection has the protocol of a guest agent.",
                    "Set qmp.connection.<name>.protocol=guest-agent for the connection to the agent's socket. For a"
                            + " connection that is added while the application runs, call GuestAgent.of(client).",
                    cause);
        }
        return new FailureAnalysis(
                place + ", but no connection to a guest agent has that name. The guest agents are: "
                        + Text.printableSentence(String.join(", ", agents)) + ".",
                "Correct the name in @QmpConnection or @Qualifier, or set qmp.connection.<name>.protocol=guest-agent"
                        + " for a connection of that name.",
                cause);
    }
}
