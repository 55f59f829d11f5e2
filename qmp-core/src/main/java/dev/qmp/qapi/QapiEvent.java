package dev.qmp.qapi;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * An event as a record. Pass its type to {@link dev.qmp.event.QmpEvents#subscribe(Class, java.util.function.Consumer)}.
 */
public interface QapiEvent {

    /** {@return when it happened by the host's clock; null if the server did not know the time} */
    @Nullable
    Instant timestamp();

    /** {@return the members of the data that the type does not have} */
    Map<String, JsonNode> unknownMembers();
}
