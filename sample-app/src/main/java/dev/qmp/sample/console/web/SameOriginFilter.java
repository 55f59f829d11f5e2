package dev.qmp.sample.console.web;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.web.filter.OncePerRequestFilter;
import tools.jackson.databind.json.JsonMapper;

/**
 * Refuses requests of other web pages. Listening on the loopback interface is not enough: every page that the user has
 * open runs on this computer and can send requests here.
 *
 * <ul>
 *   <li>The {@code Host} must be an allowed one. Otherwise a page could give its own name our address (DNS rebinding).
 *   <li>A request that a browser marks as coming from another origin, by {@code Sec-Fetch-Site} or {@code Origin}, is
 *       refused, unless the user follows a link to the start page. Programs other than browsers send neither.
 * </ul>
 */
class SameOriginFilter extends OncePerRequestFilter {

    private final Set<String> allowedHosts;
    private final JsonMapper mapper;

    SameOriginFilter(Set<String> allowedHosts, JsonMapper mapper) {
        this.allowedHosts = allowedHosts.stream()
                .map(host -> host.toLowerCase(Locale.ROOT))
                .collect(Collectors.toUnmodifiableSet());
        this.mapper = mapper;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        if (!allowedHosts.contains(hostName(request.getHeader(HttpHeaders.HOST)))) {
            refuse(response, "This application is not known by that host name; see sample.web.allowed-hosts.");
        } else if (isFromElsewhere(request) && !isNavigation(request)) {
            refuse(response, "Requests of other origins are refused.");
        } else {
            chain.doFilter(request, response);
        }
    }

    private void refuse(HttpServletResponse response, String why) throws IOException {
        response.setStatus(HttpServletResponse.SC_FORBIDDEN);
        response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
        mapper.writeValue(response.getOutputStream(), ProblemDetail.forStatusAndDetail(HttpStatus.FORBIDDEN, why));
    }

    private static boolean isFromElsewhere(HttpServletRequest request) {
        String site = request.getHeader("Sec-Fetch-Site");
        if (site != null && !site.equals("same-origin") && !site.equals("none")) {
            return true;
        }
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        return origin != null
                && !origin.equalsIgnoreCase(request.getScheme() + "://" + request.getHeader(HttpHeaders.HOST));
    }

    private static boolean isNavigation(HttpServletRequest request) {
        return HttpMethod.GET.matches(request.getMethod())
                && request.getRequestURI().equals("/")
                && "navigate".equals(request.getHeader("Sec-Fetch-Mode"));
    }

    /** {@return the name in a Host header, without the port} */
    private static String hostName(@Nullable String host) {
        if (host == null) {
            return "";
        }
        int colon = host.lastIndexOf(':');
        String name = colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
        return name.toLowerCase(Locale.ROOT);
    }

    /** Asynchronous dispatches are not filtered again, because their request has passed this filter. */
    @Override
    protected boolean shouldNotFilterAsyncDispatch() {
        return true;
    }
}
