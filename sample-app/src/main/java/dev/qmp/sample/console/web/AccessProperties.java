package dev.qmp.sample.console.web;

import java.util.Set;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Properties of the access to the application.
 *
 * @param allowedHosts Comma-separated list of host names by which the application may be addressed
 */
@ConfigurationProperties("sample.web")
record AccessProperties(@DefaultValue({"localhost", "127.0.0.1", "[::1]"}) Set<String> allowedHosts) {}
