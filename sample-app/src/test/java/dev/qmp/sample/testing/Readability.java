package dev.qmp.sample.testing;

import java.util.List;
import java.util.stream.Stream;
import org.openqa.selenium.WebElement;

/** What would keep somebody from using a page: controls and pictures without a name, text that is hardly there. */
public final class Readability {

    private static final String NAMED =
            "button, a[href], input, select, canvas, progress, svg[role], img:not([alt=''])";

    private Readability() {}

    /** {@return what is wrong with the page as it is now} */
    public static List<String> complaints(Browser browser) {
        Stream<String> nameless = browser.all(NAMED).stream()
                .filter(WebElement::isDisplayed)
                .filter(element -> element.getAccessibleName().isBlank())
                .map(element -> "no name: " + element.getDomProperty("outerHTML"));
        return Stream.concat(nameless, faintTexts(browser).stream()).toList();
    }

    /**
     * By the rules of WCAG 2.2, level AA, for contrast: 4.5 to 1, and 3 to 1 for large text. What lies on a machine's
     * screen and what is disabled is left out.
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
