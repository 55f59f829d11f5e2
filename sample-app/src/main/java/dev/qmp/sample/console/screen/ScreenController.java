package dev.qmp.sample.console.screen;

import dev.qmp.sample.console.api.Connections;
import dev.qmp.screen.ScreenshotException;
import java.util.concurrent.CompletableFuture;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/** The picture of a machine's display, as a PNG. */
@RestController
class ScreenController {

    private final Connections connections;
    private final Screens screens;

    ScreenController(Connections connections, Screens screens) {
        this.connections = connections;
        this.screens = screens;
    }

    @GetMapping(path = "/api/connections/{name}/screen")
    CompletableFuture<ResponseEntity<byte[]>> screen(@PathVariable String name) {
        return screens.take(connections.client(name)).thenApply(png -> ResponseEntity.ok()
                .cacheControl(CacheControl.noStore())
                .contentType(MediaType.IMAGE_PNG)
                .body(png));
    }

    /** The machine runs on another host, or its user cannot write to this application's temporary directory. */
    @ExceptionHandler
    ProblemDetail unreadable(ScreenshotException e) {
        ProblemDetail problem =
                ProblemDetail.forStatusAndDetail(HttpStatus.UNPROCESSABLE_CONTENT, String.valueOf(e.getMessage()));
        problem.setTitle("The picture cannot be read");
        return problem;
    }
}
