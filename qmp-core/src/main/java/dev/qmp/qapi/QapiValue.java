package dev.qmp.qapi;

import com.fasterxml.jackson.annotation.JsonValue;
import tools.jackson.databind.JsonNode;

/**
 * A value of a generated type: a struct, a union or an alternate. {@link dev.qmp.message.QmpJson} reads and writes
 * these types too, so that they can be members of an application's own records.
 */
public interface QapiValue {

    /**
     * {@return the value as JSON; members that are null are left out, unknown members are written as they were read}
     *
     * @throws NullPointerException if a member that every version requires is null; the message names it
     */
    @JsonValue
    JsonNode toJson();
}
