package dev.qmp.autoconfigure;

import dev.qmp.error.Text;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.env.Environment;

/** Describes a property that cannot be used: its value as written, its file and line, and what it accepts. */
final class InvalidQmpPropertyFailureAnalyzer extends AbstractFailureAnalyzer<InvalidQmpPropertyException> {

    private final Environment environment;

    InvalidQmpPropertyFailureAnalyzer(Environment environment) {
        this.environment = environment;
    }

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, InvalidQmpPropertyException cause) {
        ConfigurationProperty written = find(cause.getProperty());
        StringBuilder description = new StringBuilder("Property " + cause.getProperty() + " cannot be used:\n");
        String value = written != null ? Text.printableSentence(String.valueOf(written.getValue())) : cause.getValue();
        if (value != null) {
            description.append("\n    Value: ").append(value);
        }
        if (written != null && written.getOrigin() != null) {
            description
                    .append("\n    Origin: ")
                    .append(Text.printableSentence(written.getOrigin().toString()));
        }
        description.append("\n    Reason: ").append(cause.getReason());
        String remedy = cause.getRemedy();
        if (remedy != null) {
            return new FailureAnalysis(description.toString(), remedy, cause);
        }
        return new FailureAnalysis(
                description.toString(),
                "Set " + cause.getProperty() + " to what it accepts: " + cause.getAccepted() + "."
                        + (isOfDefaults(cause.getProperty())
                                ? " A value for all connections belongs under qmp.defaults."
                                : ""),
                cause);
    }

    private @Nullable ConfigurationProperty find(String property) {
        ConfigurationPropertyName name = ConfigurationPropertyName.adapt(property, '.');
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            ConfigurationProperty found = source.getConfigurationProperty(name);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    /** {@return whether the property is one that defaults have, too} The factory refuses two of them there. */
    private static boolean isOfDefaults(String property) {
        return (property.startsWith("qmp.connection.") || property.startsWith("qmp.defaults."))
                && !property.endsWith(".address")
                && !property.endsWith(".primary");
    }
}
