package dev.qmp.autoconfigure;

import dev.qmp.spring.QmpConnectionProperties;
import java.beans.PropertyDescriptor;
import java.lang.reflect.Method;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.BeanUtils;
import org.springframework.beans.PropertyAccessorFactory;
import org.springframework.util.ReflectionUtils;
import org.springframework.util.StringUtils;

/** A connection's own properties over {@code qmp.defaults}, with the source of each value: connection or defaults. */
final class LayeredProperties {

    private static final String DEFAULTS = "qmp.defaults.";

    private final String prefix;
    private final QmpConnectionProperties own;
    private final QmpConnectionProperties effective;

    LayeredProperties(String name, QmpConnectionProperties own, QmpConnectionProperties defaults) {
        this.prefix = ConnectionNames.keyOf(name) + ".";
        this.own = own;
        this.effective = merge(own, defaults);
    }

    /** {@return the effective properties; null where neither the connection nor the defaults have a value} */
    QmpConnectionProperties effective() {
        return effective;
    }

    /** {@return the connection's own properties; null where it has no value} */
    QmpConnectionProperties own() {
        return own;
    }

    private static QmpConnectionProperties merge(QmpConnectionProperties own, QmpConnectionProperties defaults) {
        QmpConnectionProperties merged = new QmpConnectionProperties();
        copyTo(merged, defaults);
        copyTo(merged, own);
        return merged;
    }

    /** Copies all values that are set, group by group. A new property needs no change here. */
    private static void copyTo(Object target, Object source) {
        for (PropertyDescriptor property : BeanUtils.getPropertyDescriptors(source.getClass())) {
            Object value = ReflectionUtils.invokeMethod(property.getReadMethod(), source);
            Method setter = property.getWriteMethod();
            if (value == null || value instanceof Class) {
                continue;
            }
            if (setter != null) {
                ReflectionUtils.invokeMethod(setter, target, value);
            } else {
                copyTo(Objects.requireNonNull(ReflectionUtils.invokeMethod(property.getReadMethod(), target)), value);
            }
        }
    }

    /** {@return the exception for a property that cannot be used} It names the property that has the value. */
    InvalidQmpPropertyException invalid(String key, String reason, String accepted) {
        Object value = valueOf(key, effective);
        boolean isDefault = value != null && valueOf(key, own) == null;
        return new InvalidQmpPropertyException((isDefault ? DEFAULTS : prefix) + key, value, reason, accepted);
    }

    /** Uses reflection, because only a failure needs it: a function per key would slow down every start. */
    private static @Nullable Object valueOf(String key, QmpConnectionProperties properties) {
        StringBuilder property = new StringBuilder();
        for (String word : StringUtils.delimitedListToStringArray(key, "-")) {
            property.append(property.isEmpty() ? word : StringUtils.capitalize(word));
        }
        return PropertyAccessorFactory.forBeanPropertyAccess(properties).getPropertyValue(property.toString());
    }
}
