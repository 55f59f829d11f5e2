package dev.qmp.sample.app;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.ErrorResponseException;
import tools.jackson.core.TokenStreamLocation;

/** The body of a request is not a command. Nothing was sent to the machine. */
class UnreadableCommandException extends ErrorResponseException {

    private static final long serialVersionUID = 1L;

    UnreadableCommandException(String detail) {
        super(HttpStatus.BAD_REQUEST);
        setTitle("Not a command");
        setDetail(detail);
        getBody().setProperty("outcome", "not-sent");
    }

    UnreadableCommandException(String detail, @Nullable TokenStreamLocation place) {
        this(
                place == null
                        ? detail
                        : detail + " See line " + place.getLineNr() + ", column " + place.getColumnNr() + ".");
        if (place != null) {
            getBody().setProperty("line", place.getLineNr());
            getBody().setProperty("column", place.getColumnNr());
        }
    }
}
