package dev.qmp.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.spring.QmpCommandsProperties;
import dev.qmp.spring.QmpConnectionProperties;
import dev.qmp.spring.QmpReconnectProperties;
import dev.qmp.spring.QmpSslProperties;
import java.beans.PropertyDescriptor;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.BeanUtils;
import org.springframework.beans.BeanWrapper;
import org.springframework.beans.PropertyAccessorFactory;
import org.springframework.boot.context.properties.bind.DataObjectPropertyName;
import org.springframework.util.unit.DataSize;

/** For each present and future property: a connection's own value counts, otherwise that of the defaults. */
class LayeredPropertiesTests {

    private final QmpConnectionProperties own = new QmpConnectionProperties();
    private final QmpConnectionProperties defaults = new QmpConnectionProperties();

    static Stream<String> properties() {
        return Stream.of(
                        names("", QmpConnectionProperties.class),
                        names("reconnect.", QmpReconnectProperties.class),
                        names("commands.", QmpCommandsProperties.class),
                        names("ssl.", QmpSslProperties.class))
                .flatMap(names -> names);
    }

    private static Stream<String> names(String prefix, Class<?> type) {
        return Arrays.stream(BeanUtils.getPropertyDescriptors(type))
                .filter(property -> property.getWriteMethod() != null)
                .map(PropertyDescriptor::getName)
                .map(prefix::concat);
    }

    @ParameterizedTest
    @MethodSource("properties")
    void ownValueCountsBeforeTheDefault(String property) {
        assertThat(effective(property)).isNull();
        assertThat(placeOf(property)).startsWith("qmp.connection.vm1.");

        set(defaults, property, 0);
        assertThat(effective(property)).isEqualTo(value(property, 0));
        assertThat(placeOf(property)).startsWith("qmp.defaults.");

        set(own, property, 1);
        assertThat(effective(property)).isEqualTo(value(property, 1));
        assertThat(placeOf(property)).startsWith("qmp.connection.vm1.");
    }

    private Object effective(String property) {
        return bean(new LayeredProperties("vm1", own, defaults).effective()).getPropertyValue(property);
    }

    private String placeOf(String property) {
        String key = DataObjectPropertyName.toDashedForm(property);
        String message = new LayeredProperties("vm1", own, defaults)
                .invalid(key, "it is odd", "another")
                .getMessage();
        assertThat(message).contains(key);
        return message.substring(message.indexOf("qmp."));
    }

    private void set(QmpConnectionProperties properties, String property, int choice) {
        bean(properties).setPropertyValue(property, value(property, choice));
    }

    private Object value(String property, int choice) {
        Class<?> type = bean(own).getPropertyType(property);
        if (type.isEnum()) {
            return type.getEnumConstants()[choice];
        }
        return switch (type.getSimpleName()) {
            case "List" -> List.of("value-" + choice);
            case "String" -> "value-" + choice;
            case "Boolean" -> choice == 0;
            case "Integer" -> 1 + choice;
            case "Double" -> 1.0 + choice;
            case "Duration" -> Duration.ofSeconds(1 + choice);
            case "DataSize" -> DataSize.ofBytes(1 + choice);
            default -> throw new IllegalStateException("no values of " + type);
        };
    }

    private static BeanWrapper bean(QmpConnectionProperties properties) {
        return PropertyAccessorFactory.forBeanPropertyAccess(properties);
    }
}
