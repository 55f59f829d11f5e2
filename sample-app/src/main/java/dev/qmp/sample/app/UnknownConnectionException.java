package dev.qmp.sample.app;

import org.springframework.http.HttpStatus;
import org.springframework.web.ErrorResponseException;

/** There is no connection of that name. */
public class UnknownConnectionException extends ErrorResponseException {

    private static final long serialVersionUID = 1L;

    /** Names the connection that does not exist. */
    public UnknownConnectionException(String name) {
        super(HttpStatus.NOT_FOUND);
        setTitle("Unknown connection");
        setDetail("There is no connection named '" + name + "'.");
    }
}
