package dev.qmp.autoconfigure.fleet;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import org.springframework.boot.context.properties.ConfigurationProperties;

/** The {@code qmp.fleet} part of the configuration. */
@ConfigurationProperties("qmp.fleet")
public class QmpFleetProperties {

    /**
     * Whether several instances share the connections, so that each is held by one of them. Needs a Hazelcast instance.
     */
    private boolean enabled;

    /**
     * Name of the fleet. Instances with the same name, in one Hazelcast cluster, share their connections.
     */
    private String name = "qmp";

    /**
     * Comma-separated list of the labels of this instance. It holds connections whose "reachable-from" has one of them,
     * or is not set.
     */
    private Set<String> labels = new LinkedHashSet<>();

    /**
     * Whether the events of all machines are published on all instances as QmpFleetEvent.
     */
    private boolean shareEvents;

    /**
     * Time until the next attempt after another client was found at a monitor.
     */
    private Duration retryHeld = Duration.ofSeconds(30);

    /**
     * Time without a new instance until machines move to new instances. Instances that start together move each machine
     * once then.
     */
    private Duration settleTime = Duration.ofSeconds(1);

    /**
     * Time that a command waits while its machine moves to another instance. Zero: it fails at once.
     */
    private Duration commandWait = Duration.ofSeconds(5);

    /** {@return whether several instances share the connections} */
    public boolean isEnabled() {
        return enabled;
    }

    /** Sets whether several instances share the connections. */
    public void setEnabled(boolean enabled) {
        this.enabled = enabled;
    }

    /** {@return the fleet's name} */
    public String getName() {
        return name;
    }

    /** Sets the fleet's name. */
    public void setName(String name) {
        this.name = name;
    }

    /** {@return the labels of this instance} */
    public Set<String> getLabels() {
        return labels;
    }

    /** Sets the labels of this instance. */
    public void setLabels(Set<String> labels) {
        this.labels = labels;
    }

    /** {@return whether all events are published on all instances} */
    public boolean isShareEvents() {
        return shareEvents;
    }

    /** Sets whether all events are published on all instances. */
    public void setShareEvents(boolean shareEvents) {
        this.shareEvents = shareEvents;
    }

    /** {@return the time until the next attempt at a monitor that another client holds} */
    public Duration getRetryHeld() {
        return retryHeld;
    }

    /** Sets the time until the next attempt at a monitor that another client holds. */
    public void setRetryHeld(Duration retryHeld) {
        this.retryHeld = retryHeld;
    }

    /** {@return the time without a new instance until machines move} */
    public Duration getSettleTime() {
        return settleTime;
    }

    /** Sets the time without a new instance until machines move. */
    public void setSettleTime(Duration settleTime) {
        this.settleTime = settleTime;
    }

    /** {@return the time that a command waits while its machine moves} */
    public Duration getCommandWait() {
        return commandWait;
    }

    /** Sets the time that a command waits while its machine moves. */
    public void setCommandWait(Duration commandWait) {
        this.commandWait = commandWait;
    }
}
