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

/** A connection's own properties over the defaults of all; knows which of the two a value came from. */
final class LayeredProperties {

    private static final String DEFAULTS = "qmp.defaults.";

    private final String prefix;
    private final QmpConnectionProperties own;
    private final QmpConnectionProperties effective;

    LayeredProperties(String name, QmpConnectionProperties own, QmpConnectionProperties defaults) {
        this.prefix = "qmp.connection." + name + ".";
        this.own = own;
        this.effective = merge(own, defaults);
    }

    /** {@return the properties that count, null where neither the connection nor the defaults say anything} */
    QmpConnectionProperties effective() {
        return effective;
    }

    private static QmpConnectionProperties merge(QmpConnectionProperties own, QmpConnectionProperties defaults) {
        QmpConnectionProperties merged = new QmpConnectionProperties();
        copyTo(merged, defaults);
        copyTo(merged, own);
        return merged;
    }

    /** Copies what is set, group by group. A new property needs no line here. */
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

    /** {@return what to throw if a property cannot be used} It names the place where the value was set. */
    InvalidQmpPropertyException invalid(String key, String reason, String accepted) {
        Object value = valueOf(key, effective);
        boolean isDefault = value != null && valueOf(key, own) == null;
        return new InvalidQmpPropertyException((isDefault ? DEFAULTS : prefix) + key, value, reason, accepted);
    }

    /** By reflection, for the rare case that needs it: a function for each key would cost every start. */
    private static @Nullable Object valueOf(String key, QmpConnectionProperties properties) {
        StringBuilder property = new StringBuilder();
        for (String word : StringUtils.delimitedListToStringArray(key, "-")) {
            property.append(property.isEmpty() ? word : StringUtils.capitalize(word));
        }
        return PropertyAccessorFactory.forBeanPropertyAccess(properties).getPropertyValue(property.toString());
    }
}
