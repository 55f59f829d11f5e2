package dev.qmp.qapi;

import dev.qmp.error.MappingException;

/** A value does not fit a generated type. Each type on the way out adds its member to the path. */
final class MisfitException extends MappingException {

    private static final long serialVersionUID = 1L;

    private final String reason;
    private final String path;

    MisfitException(String reason, String path) {
        super("cannot read the JSON: " + reason + (path.isEmpty() ? "" : " at " + path), null);
        this.reason = reason;
        this.path = path;
    }

    MisfitException inside(String step) {
        return new MisfitException(reason, "/" + step + path);
    }
}
