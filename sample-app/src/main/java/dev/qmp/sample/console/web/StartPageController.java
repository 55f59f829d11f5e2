package dev.qmp.sample.console.web;

import dev.qmp.sample.console.api.ConnectionView;
import dev.qmp.sample.console.api.Connections;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import org.springframework.core.io.ClassPathResource;
import org.springframework.http.CacheControl;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.util.HtmlUtils;

/** The page: a plain list of the connections, which the page's script turns into the console. */
@RestController
class StartPageController {

    private static final String PLACE = "<!-- connections -->";
    private static final String VERSION = "<!-- version -->";

    private final Connections connections;
    private final String page;

    StartPageController(Connections connections, StaticFiles files) throws IOException {
        this.connections = connections;
        this.page = new ClassPathResource("console/index.html")
                .getContentAsString(StandardCharsets.UTF_8)
                .replace(VERSION, files.version());
    }

    @GetMapping(path = "/", produces = MediaType.TEXT_HTML_VALUE)
    ResponseEntity<String> page() {
        String rows = connections.views().stream().map(StartPageController::row).collect(Collectors.joining("\n"));
        return ResponseEntity.ok().cacheControl(CacheControl.noStore()).body(page.replace(PLACE, rows));
    }

    private static String row(ConnectionView connection) {
        return "<tr>"
                + cell(connection.name())
                + cell(state(connection))
                + cell(Objects.requireNonNullElse(connection.qemuVersion(), "unknown"))
                + cell(connection.address())
                + "</tr>";
    }

    private static String state(ConnectionView connection) {
        if (connection.notAnsweringSince() != null) {
            return "not answering since " + connection.notAnsweringSince();
        }
        String state = words(connection.runstate());
        if (connection.lastEnd() != null) {
            return state + ", " + words(connection.lastEnd().kind()) + " at "
                    + connection.lastEnd().at();
        }
        return connection.guestStatus() == null ? state : state + ", guest " + connection.guestStatus();
    }

    private static String words(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private static String cell(String text) {
        return "<td>" + HtmlUtils.htmlEscape(text) + "</td>";
    }
}
