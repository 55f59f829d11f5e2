package dev.qmp.sample.testing;

import java.util.List;
import java.util.stream.Stream;
import org.openqa.selenium.WebElement;

/** Obstacles to users of a page: controls and pictures without a name, text with little contrast. */
public final class Readability {

    private static final String NAMED =
            "button, a[href], input, select, canvas, progress, svg[role], img:not([alt=''])";

    private Readability() {}

    /** {@return the faults of the page} */
    public static List<String> complaints(Browser browser) {
        Stream<String> nameless = browser.all(NAMED).stream()
                .filter(WebElement::isDisplayed)
                .filter(element -> element.getAccessibleName().isBlank())
                .map(element -> "no name: " + element.getDomProperty("outerHTML"));
        return Stream.concat(nameless, faintTexts(browser).stream()).toList();
    }

    /**
     * The rules of WCAG 2.2, level AA, for contrast: 4.5 to 1, and 3 to 1 for large text. Text on a machine's screen
     * and disabled elements are not checked.
     */
    @SuppressWarnings("unchecked")
    private static List<String> faintTexts(Browser browser) {
        return (List<String>)
                browser.script(
                        """
                const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
                const linear = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
                const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
                const ground = (element) => {
                  for (let e = element; e; e = e.parentElement) {
                    const colour = channels(getComputedStyle(e).backgroundColor);
                    if (colour.length === 3) return colour;
                  }
                  return [255, 255, 255];
                };
                const ownText = (e) => [...e.childNodes].some((n) => n.nodeType === Node.TEXT_NODE && n.data.trim());
                return [...document.body.querySelectorAll('*')]
                  .filter((e) => ownText(e) && e.checkVisibility() && !e.closest('.screen, :disabled, .skip'))
                  .map((e) => {
                    const style = getComputedStyle(e);
                    const [a, b] = [light(channels(style.color)), light(ground(e))].sort((x, y) => y - x);
                    const size = parseFloat(style.fontSize);
                    const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
                    return {ratio: (a + 0.05) / (b + 0.05), least: large ? 3 : 4.5, text: e.textContent.trim()};
                  })
                  .filter(({ratio, least}) => ratio < least)
                  .map(({ratio, text}) => `contrast ${ratio.toFixed(2)}: ${text}`);
                """);
    }
}
