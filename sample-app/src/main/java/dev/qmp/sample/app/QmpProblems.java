package dev.qmp.sample.app;

import dev.qmp.error.NotSentException;
import dev.qmp.error.OutcomeUnknownException;
import dev.qmp.error.RejectedException;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.ErrorResponseException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.async.AsyncRequestTimeoutException;

/**
 * Converts the outcomes of commands to HTTP statuses. The member {@code outcome} states whether the command was
 * executed, and so whether a retry is safe.
 *
 * <p>It is the first advice, because Spring's own one answers 503 to a command that exceeds the time limit of requests.
 */
@RestControllerAdvice
@Order(Ordered.HIGHEST_PRECEDENCE)
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

    /** The time limit of requests, {@code spring.mvc.async.request-timeout}, is shorter than the command's deadline. */
    @ExceptionHandler(AsyncRequestTimeoutException.class)
    ProblemDetail requestTimedOut() {
        ProblemDetail problem = ProblemDetail.forStatusAndDetail(
                HttpStatus.GATEWAY_TIMEOUT, "The time limit of the request has passed. The command may be executed.");
        problem.setTitle("The machine did not reply in time");
        problem.setProperty("outcome", "unknown");
        return problem;
    }

    /**
     * Without {@code spring.mvc.problemdetails.enabled}, Spring would leave out the members of these bodies, such as
     * {@code outcome} and {@code line}.
     */
    @ExceptionHandler({BodyRefusedException.class, UnknownConnectionException.class, UnreadableCommandException.class})
    ResponseEntity<ProblemDetail> refused(ErrorResponseException e) {
        return ResponseEntity.status(e.getStatusCode()).headers(e.getHeaders()).body(e.getBody());
    }

    private static ProblemDetail problem(HttpStatus status, String title, String outcome, Exception e) {
        ProblemDetail problem = ProblemDetail.forStatusAndDetail(status, String.valueOf(e.getMessage()));
        problem.setTitle(title);
        problem.setProperty("outcome", outcome);
        return problem;
    }
}
