package dev.qmp.sample.app;

import org.springframework.http.HttpStatus;
import org.springframework.web.ErrorResponseException;

/** No connection has this name. */
public class UnknownConnectionException extends ErrorResponseException {

    private static final long serialVersionUID = 1L;

    /** Creates the exception with the name. */
    public UnknownConnectionException(String name) {
        super(HttpStatus.NOT_FOUND);
        setTitle("Unknown connection");
        setDetail("There is no connection named '" + name + "'.");
    }
}
