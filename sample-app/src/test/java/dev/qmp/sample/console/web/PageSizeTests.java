package dev.qmp.sample.console.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;

/** The pages stay small, and need nothing from the network. */
class PageSizeTests {

    private static final int BUDGET = 150_000;

    @Test
    void staysWithinItsBudget() throws Exception {
        long size = 0;
        for (Resource resource : files()) {
            size += resource.contentLength();
        }
        assertThat(size).isBetween(1L, (long) BUDGET);
    }

    @Test
    void namesNoOtherSite() throws Exception {
        for (Resource resource : files()) {
            String text = resource.getContentAsString(java.nio.charset.StandardCharsets.UTF_8)
                    .replace("http://www.w3.org/2000/svg", "");
            assertThat(text).as(resource.getFilename()).doesNotContain("http://", "https://");
        }
    }

    private static Resource[] files() throws Exception {
        PathMatchingResourcePatternResolver resolver = new PathMatchingResourcePatternResolver();
        Resource[] all = resolver.getResources("classpath:static/**/*.*");
        Resource[] page = resolver.getResources("classpath:console/*.html");
        Resource[] both = Arrays.copyOf(all, all.length + page.length);
        System.arraycopy(page, 0, both, all.length, page.length);
        return both;
    }
}
