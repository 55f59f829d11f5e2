package dev.qmp.sample.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.testing.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.openqa.selenium.By;
import org.openqa.selenium.Dimension;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.WindowType;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.logging.LogEntry;
import org.springframework.util.FileSystemUtils;

/** A real browser without a window. */
public final class Browser implements AutoCloseable {

    private static final Duration SOON = Duration.ofSeconds(20);

    /** Selenium warns that it knows no developer tools of so new a browser; none are used here. */
    private static final Logger SELENIUM = Logger.getLogger("org.openqa.selenium");

    private static final String PICTURES = "sample.pictures";
    private static final int POINTS_OF_A_FULL_GRAPH = 58;

    private final Path profile;
    private final ChromeDriver driver;

    /** Starts the browser. */
    public Browser() throws IOException {
        SELENIUM.setLevel(Level.SEVERE);
        profile = Files.createTempDirectory("qmp-browser");
        ChromeOptions options = new ChromeOptions();
        options.setBinary(chromium().toFile());
        options.addArguments("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run");
        options.addArguments("--disable-background-networking", "--disable-component-update", "--disable-sync");
        options.addArguments("--hide-scrollbars", "--force-device-scale-factor=1", "--user-data-dir=" + profile);
        options.setCapability("goog:loggingPrefs", Map.of("browser", "ALL"));
        ChromeDriverService service = new ChromeDriverService.Builder()
                .usingDriverExecutable(Tool.BROWSER.find().orElseThrow().toFile())
                .build();
        driver = new ChromeDriver(service, options);
        size(1280, 800);
    }

    private static Path chromium() {
        return Stream.of(System.getenv("PATH").split(":", -1))
                .map(directory -> Path.of(directory, "chromium"))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("there is a chromedriver on the PATH, but no chromium"));
    }

    /** Gives the page so much room: the window's own frame comes on top. */
    public void size(int width, int height) {
        driver.manage().window().setSize(new Dimension(width, height));
        long missing = height - ((Number) script("return innerHeight")).longValue();
        driver.manage().window().setSize(new Dimension(width, (int) (height + missing)));
    }

    /** Gives the page the width of a small device, which is less than a window of this browser can have. */
    public void emulate(int width, int height) {
        driver.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
    }

    /** Ends {@link #emulate}. */
    public void endEmulation() {
        driver.executeCdpCommand("Emulation.clearDeviceMetricsOverride", Map.of());
    }

    /** Opens an address in a window of its own, which becomes the current one. */
    public void openWindow(String url) {
        driver.switchTo().newWindow(WindowType.WINDOW);
        driver.get(url);
    }

    /** {@return all windows, in no particular order} */
    public Set<String> windows() {
        return driver.getWindowHandles();
    }

    /** Makes a window the current one. */
    public void use(String window) {
        driver.switchTo().window(window);
    }

    /** {@return the current window} */
    public String window() {
        return driver.getWindowHandle();
    }

    /** Closes the current window. */
    public void closeWindow() {
        driver.close();
    }

    /** Opens an address anew. */
    public void open(String url) {
        driver.get("about:blank");
        driver.get(url);
    }

    /** Finds the one element, as soon as it is there. */
    public WebElement find(String selector) {
        return Awaitility.await(selector)
                .atMost(SOON)
                .ignoreExceptions()
                .until(() -> driver.findElement(By.cssSelector(selector)), element -> true);
    }

    /** {@return the elements there are now} */
    public List<WebElement> all(String selector) {
        return driver.findElements(By.cssSelector(selector));
    }

    /** {@return the text of an element, now} */
    public String text(String selector) {
        return String.valueOf(script("return document.querySelector(arguments[0])?.textContent ?? ''", selector));
    }

    /** Waits until an element has a text. */
    public void awaitText(String selector, String text) {
        awaitText(selector, text, SOON);
    }

    /** Waits until an element has a text, but not longer than the given time. */
    public void awaitText(String selector, String text, Duration time) {
        Awaitility.await(selector + " says " + text)
                .atMost(time)
                .pollInterval(Duration.ofMillis(20))
                .untilAsserted(() -> assertThat(text(selector)).contains(text));
    }

    /** Clicks an element, wherever it has been drawn anew to. */
    public void click(String selector) {
        find(selector);
        Awaitility.await("click " + selector).atMost(SOON).ignoreExceptions().until(() -> {
            driver.findElement(By.cssSelector(selector)).click();
            return true;
        });
    }

    /** Types keys to the element that has the focus. */
    public void type(CharSequence... keys) {
        driver.switchTo().activeElement().sendKeys(keys);
    }

    /** Runs a program in the page. */
    public Object script(String script, Object... arguments) {
        return driver.executeScript(script, arguments);
    }

    /** Runs a program in the page, which calls its last argument with the result. */
    public Object asyncScript(String script, Object... arguments) {
        return driver.executeAsyncScript(script, arguments);
    }

    /**
     * {@return the time that the page's main thread has spent at work, in milliseconds} It is the time of the
     * processor, so other processes have no effect.
     */
    public double workMillis() {
        driver.executeCdpCommand("Performance.enable", Map.of("timeDomain", "threadTicks"));
        List<?> metrics = (List<?>)
                driver.executeCdpCommand("Performance.getMetrics", Map.of()).get("metrics");
        return metrics.stream()
                .map(metric -> (Map<?, ?>) metric)
                .filter(metric -> "TaskDuration".equals(metric.get("name")))
                .mapToDouble(metric -> ((Number) metric.get("value")).doubleValue() * 1000)
                .findFirst()
                .orElseThrow();
    }

    /** {@return how many colours a canvas shows} */
    public long colours(String canvas) {
        return ((Number) script(
                        """
                        const canvas = document.querySelector(arguments[0]);
                        const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d');
                        copy.drawImage(canvas, 0, 0);
                        const pixels = copy.getImageData(0, 0, canvas.width, canvas.height).data;
                        return new Set(new Uint32Array(pixels.buffer)).size;
                        """,
                        canvas))
                .longValue();
    }

    /** {@return the errors of the page since the last call} */
    public List<String> complaints() {
        return driver.manage().logs().get("browser").getAll().stream()
                .filter(entry -> entry.getLevel().intValue() >= Level.WARNING.intValue())
                .map(LogEntry::getMessage)
                .toList();
    }

    /** For the pictures of the documents: waits until the page looks as after a minute. */
    public void settle() {
        if (System.getProperty(PICTURES) != null) {
            Awaitility.await("full graphs")
                    .atMost(Duration.ofMinutes(2))
                    .until(() -> ((Number) script("return document.querySelector('.graph polyline').points.length"))
                                    .intValue()
                            >= POINTS_OF_A_FULL_GRAPH);
        }
    }

    /**
     * Saves a picture of the page. The pictures of the documents are made by {@code
     * -Dsample.pictures=pictures}.
     */
    public void picture(String name) throws IOException {
        // A mouse that happens to be over something would light it up.
        new Actions(driver).moveToLocation(0, 0).perform();
        Path directory = Path.of(System.getProperty(PICTURES, "target/pictures"));
        Files.createDirectories(directory);
        Files.write(directory.resolve(name + ".png"), driver.getScreenshotAs(OutputType.BYTES));
    }

    @Override
    public void close() throws IOException {
        driver.quit();
        FileSystemUtils.deleteRecursively(profile);
    }
}
