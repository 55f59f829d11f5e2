package dev.qmp.sample.console.web;

import org.springframework.context.annotation.Configuration;
import org.springframework.http.CacheControl;
import org.springframework.web.servlet.config.annotation.ResourceHandlerRegistration;
import org.springframework.web.servlet.config.annotation.ResourceHandlerRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/**
 * Serves the pages' files so that a browser never mixes two versions. The browser keeps each file, and checks before
 * every use whether its content has changed.
 */
@Configuration(proxyBeanMethods = false)
class StaticFilesConfiguration implements WebMvcConfigurer {

    @Override
    public void addResourceHandlers(ResourceHandlerRegistry registry) {
        serve(registry.addResourceHandler("/js/*.js"), "classpath:/static/js/");
        serve(registry.addResourceHandler("/*.css", "/*.svg"), "classpath:/static/");
    }

    private static void serve(ResourceHandlerRegistration files, String location) {
        files.addResourceLocations(location)
                .setCacheControl(CacheControl.noCache())
                .setUseLastModified(false)
                .setEtagGenerator(StaticFiles::contentHash);
    }
}
