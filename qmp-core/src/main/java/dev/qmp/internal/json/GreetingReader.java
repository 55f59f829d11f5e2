package dev.qmp.internal.json;

import dev.qmp.error.ProtocolException;
import dev.qmp.error.ProtocolException.Violation;
import dev.qmp.message.QmpGreeting;
import dev.qmp.message.QmpVersion;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Reads the value of {@code QMP} in a greeting. Wrong types are refused, and unknown capabilities are kept. */
final class GreetingReader {

    /** What QEMU offers; one set for all connections. */
    private static final Set<String> USUAL = Set.of(QmpGreeting.OUT_OF_BAND);

    /** The last greeting. Machines of one version share it. */
    private static volatile @Nullable QmpGreeting last;

    private GreetingReader() {}

    static QmpGreeting read(JsonNode body) {
        JsonNode version = body.path("version");
        JsonNode qemu = version.path("qemu");
        String packageName =
                version.path("package").isString() ? version.path("package").stringValue() : "";
        QmpGreeting greeting = new QmpGreeting(
                new QmpVersion(number(qemu, "major"), number(qemu, "minor"), number(qemu, "micro"), packageName),
                capabilities(body.get("capabilities")));
        QmpGreeting shared = last;
        if (shared != null && shared.equals(greeting)) {
            return shared;
        }
        last = greeting;
        return greeting;
    }

    private static int number(JsonNode version, String part) {
        JsonNode number = version.get(part);
        if (number == null || !number.isInt() || number.intValue() < 0) {
            throw malformed("version." + part + " is not a number");
        }
        return number.intValue();
    }

    private static Set<String> capabilities(@Nullable JsonNode names) {
        if (names == null || !names.isArray()) {
            throw malformed("capabilities is not a list");
        }
        Set<String> capabilities = new LinkedHashSet<>();
        for (JsonNode name : names) {
            if (!name.isString()) {
                throw malformed("a capability is not a string");
            }
            capabilities.add(name.stringValue());
        }
        return capabilities.equals(USUAL) ? USUAL : capabilities;
    }

    private static ProtocolException malformed(String what) {
        return new ProtocolException(Violation.BAD_MESSAGE, "the greeting is malformed: " + what);
    }
}
