package dev.qmp.sample.console.api;

import org.springframework.http.HttpStatus;
import org.springframework.web.ErrorResponseException;

/** This application does not run the machine, so it cannot power it on. */
class ForeignMachineException extends ErrorResponseException {

    private static final long serialVersionUID = 1L;

    ForeignMachineException(String name) {
        super(HttpStatus.CONFLICT);
        setTitle("Not a machine of this application");
        setDetail("The machine '" + name + "' was not started here, and cannot be powered on from here.");
    }
}
