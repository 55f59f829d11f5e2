package dev.qmp.autoconfigure;

import dev.qmp.spring.QmpCommandsProperties;
import dev.qmp.spring.QmpConnectionProperties;
import dev.qmp.spring.QmpReconnectProperties;
import dev.qmp.spring.QmpSslProperties;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.PropertyAccessorFactory;
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
        merged.setAddress(first(own.getAddress(), defaults.getAddress()));
        merged.setMode(first(own.getMode(), defaults.getMode()));
        merged.setProtocol(first(own.getProtocol(), defaults.getProtocol()));
        merged.setAwaitGreeting(first(own.getAwaitGreeting(), defaults.getAwaitGreeting()));
        merged.setNegotiate(first(own.getNegotiate(), defaults.getNegotiate()));
        merged.setPrimary(first(own.getPrimary(), defaults.getPrimary()));
        merged.setAutoStartup(first(own.getAutoStartup(), defaults.getAutoStartup()));
        merged.setFailFast(first(own.getFailFast(), defaults.getFailFast()));
        merged.setConnectTimeout(first(own.getConnectTimeout(), defaults.getConnectTimeout()));
        merged.setHandshakeTimeout(first(own.getHandshakeTimeout(), defaults.getHandshakeTimeout()));
        merged.setWriteTimeout(first(own.getWriteTimeout(), defaults.getWriteTimeout()));
        merged.setCommandTimeout(first(own.getCommandTimeout(), defaults.getCommandTimeout()));
        merged.setDisconnectTimeout(first(own.getDisconnectTimeout(), defaults.getDisconnectTimeout()));
        merged.setLivenessTimeout(first(own.getLivenessTimeout(), defaults.getLivenessTimeout()));
        merged.setIdentityPolicy(first(own.getIdentityPolicy(), defaults.getIdentityPolicy()));
        merged.setCommandCheck(first(own.getCommandCheck(), defaults.getCommandCheck()));
        merged.setCommandIds(first(own.getCommandIds(), defaults.getCommandIds()));
        merged.setWatchSocket(first(own.getWatchSocket(), defaults.getWatchSocket()));
        merged.setWireLog(first(own.getWireLog(), defaults.getWireLog()));
        merged.setOutOfBand(first(own.getOutOfBand(), defaults.getOutOfBand()));
        merged.setFileDescriptors(first(own.getFileDescriptors(), defaults.getFileDescriptors()));
        merged.setMaxInFlight(first(own.getMaxInFlight(), defaults.getMaxInFlight()));
        merged.setQueueCapacity(first(own.getQueueCapacity(), defaults.getQueueCapacity()));
        merged.setEventCapacity(first(own.getEventCapacity(), defaults.getEventCapacity()));
        merged.setMaxMessageSize(first(own.getMaxMessageSize(), defaults.getMaxMessageSize()));
        merged.setMaxCommandSize(first(own.getMaxCommandSize(), defaults.getMaxCommandSize()));
        merged.setReachableFrom(first(own.getReachableFrom(), defaults.getReachableFrom()));
        merge(own.getReconnect(), defaults.getReconnect(), merged.getReconnect());
        merge(own.getCommands(), defaults.getCommands(), merged.getCommands());
        merge(own.getSsl(), defaults.getSsl(), merged.getSsl());
        return merged;
    }

    private static void merge(
            QmpReconnectProperties own, QmpReconnectProperties defaults, QmpReconnectProperties merged) {
        merged.setEnabled(first(own.getEnabled(), defaults.getEnabled()));
        merged.setInitialDelay(first(own.getInitialDelay(), defaults.getInitialDelay()));
        merged.setMaxDelay(first(own.getMaxDelay(), defaults.getMaxDelay()));
        merged.setMultiplier(first(own.getMultiplier(), defaults.getMultiplier()));
        merged.setJitter(first(own.getJitter(), defaults.getJitter()));
    }

    private static void merge(QmpCommandsProperties own, QmpCommandsProperties defaults, QmpCommandsProperties merged) {
        merged.setAllow(first(own.getAllow(), defaults.getAllow()));
        merged.setDeny(first(own.getDeny(), defaults.getDeny()));
    }

    private static void merge(QmpSslProperties own, QmpSslProperties defaults, QmpSslProperties merged) {
        merged.setEnabled(first(own.getEnabled(), defaults.getEnabled()));
        merged.setBundle(first(own.getBundle(), defaults.getBundle()));
    }

    private static <T> @Nullable T first(@Nullable T own, @Nullable T fallback) {
        return own != null ? own : fallback;
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
