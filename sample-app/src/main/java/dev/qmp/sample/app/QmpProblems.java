package dev.qmp.sample.app;

import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.error.RejectedException;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/**
 * Converts the outcomes of commands to HTTP statuses. The member {@code outcome} tells a program whether the command
 * was executed, and so whether a retry is safe.
 */
@RestControllerAdvice
class QmpProblems {

    @ExceptionHandler
    ProblemDetail rejected(RejectedException e) {
        ProblemDetail problem =
                problem(HttpStatus.UNPROCESSABLE_CONTENT, "The machine rejected the command", "rejected", e);
        problem.setProperty("class", e.errorClass());
        problem.setProperty("desc", e.description());
        return problem;
    }

    @ExceptionHandler
    ProblemDetail notSent(NotSentException e) {
        return switch (e.reason()) {
            case TIMED_OUT ->
                problem(HttpStatus.GATEWAY_TIMEOUT, "The command was not sent within its deadline", "not-sent", e);
            case UNSENDABLE, INVALID -> problem(HttpStatus.BAD_REQUEST, "The command cannot be sent", "not-sent", e);
            case REFUSED -> problem(HttpStatus.FORBIDDEN, "The command is not allowed", "not-sent", e);
            case OVERLOAD -> problem(HttpStatus.SERVICE_UNAVAILABLE, "Too many commands", "not-sent", e);
            case NOT_CONNECTED, DISCONNECTED, INTERRUPTED ->
                problem(HttpStatus.SERVICE_UNAVAILABLE, "Not connected", "not-sent", e);
        };
    }

    /** Not 503, because proxies and clients may send the command again after that status. */
    @ExceptionHandler
    ProblemDetail outcomeUnknown(OutcomeUnknownException e) {
        return e.reason() == OutcomeUnknownException.Reason.TIMED_OUT
                ? problem(HttpStatus.GATEWAY_TIMEOUT, "The machine did not reply in time", "unknown", e)
                : problem(HttpStatus.BAD_GATEWAY, "The connection was lost", "unknown", e);
    }

    private static ProblemDetail problem(HttpStatus status, String title, String outcome, Exception e) {
        ProblemDetail problem = ProblemDetail.forStatusAndDetail(status, String.valueOf(e.getMessage()));
        problem.setTitle(title);
        problem.setProperty("outcome", outcome);
        return problem;
    }
}
