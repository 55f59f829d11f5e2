package dev.qmp.sample.app;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.ErrorResponseException;

/** The body of a request exceeds a limit. Nothing was sent to the machine. */
class BodyRefusedException extends ErrorResponseException {

    private static final long serialVersionUID = 1L;

    private BodyRefusedException(HttpStatus status, String title, String detail) {
        super(status);
        setTitle(title);
        setDetail(detail);
        getBody().setProperty("outcome", "not-sent");
        // the rest of the body is not read, so the connection cannot be used again
        getHeaders().set(HttpHeaders.CONNECTION, "close");
    }

    static BodyRefusedException tooLong() {
        return new BodyRefusedException(
                HttpStatus.CONTENT_TOO_LARGE,
                "The command is too long",
                "The body of a request has at most " + RequestBodies.MAX_BYTES + " bytes.");
    }

    static BodyRefusedException tooMany() {
        return new BodyRefusedException(
                HttpStatus.SERVICE_UNAVAILABLE,
                "Too many long commands",
                "The commands under way have at most " + RequestBodies.MAX_BYTES_TOGETHER
                        + " bytes together. Try again when one has ended.");
    }
}
