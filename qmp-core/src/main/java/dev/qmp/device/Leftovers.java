package dev.qmp.device;

import dev.qmp.error.Text;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/** The text about remaining backends. */
final class Leftovers {

    private Leftovers() {}

    static String append(String reason, List<Backend> leftovers) {
        Objects.requireNonNull(reason, "reason");
        Objects.requireNonNull(leftovers, "leftovers");
        return leftovers.isEmpty() ? reason : Text.printableSentence(reason) + "; not removed: " + list(leftovers);
    }

    static String list(List<Backend> backends) {
        return backends.stream().map(Backend::toString).collect(Collectors.joining(", "));
    }
}
