package dev.qmp.sample.app;

import org.springframework.http.HttpStatus;
import org.springframework.web.ErrorResponseException;

/** The body of a request is not a command. Nothing was sent to the machine. */
class UnreadableCommandException extends ErrorResponseException {

    private static final long serialVersionUID = 1L;

    UnreadableCommandException(String detail) {
        super(HttpStatus.BAD_REQUEST);
        setTitle("Not a command");
        setDetail(detail);
        getBody().setProperty("outcome", "not-sent");
    }

    UnreadableCommandException(String detail, int line, int column) {
        this(detail + " See line " + line + ", column " + column + ".");
        getBody().setProperty("line", line);
        getBody().setProperty("column", column);
    }
}
