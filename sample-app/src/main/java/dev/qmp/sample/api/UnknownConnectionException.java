package dev.qmp.sample.api;

import org.springframework.http.HttpStatus;
import org.springframework.web.ErrorResponseException;

/** There is no connection of that name. */
class UnknownConnectionException extends ErrorResponseException {

    private static final long serialVersionUID = 1L;

    UnknownConnectionException(String name) {
        super(HttpStatus.NOT_FOUND);
        setTitle("Unknown connection");
        setDetail("There is no connection named '" + name + "'.");
    }
}
