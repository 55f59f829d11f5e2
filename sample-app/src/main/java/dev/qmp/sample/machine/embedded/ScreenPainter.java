package dev.qmp.sample.machine.embedded;

import java.time.Duration;
import java.util.Locale;

/** Paints the display of a moment. The picture moves while the guest runs. */
final class ScreenPainter {

    private static final int WIDTH = 640;
    private static final int HEIGHT = 400;
    private static final int BARS = 32;
    private static final int LIGHT = 0xe8eef2;
    private static final int DIM = 0x93a4b0;

    private final Guest guest;
    private final float hue;

    ScreenPainter(Guest guest) {
        this.guest = guest;
        this.hue = Math.floorMod(guest.name().hashCode() * 47, 360) / 360f;
    }

    Picture paint() {
        Duration time = guest.time();
        Picture picture = new Picture(WIDTH, HEIGHT);
        paintSky(picture);
        paintBars(picture, time.toMillis() / 1000.0);
        Font.write(picture, 32, 32, 8, LIGHT, guest.name());
        Font.write(picture, 32, 112, 2, DIM, "embedded guest of the qmp sample");
        Font.write(picture, 32, 152, 3, LIGHT, clock(time));
        Font.write(picture, 32, 190, 2, DIM, guest.isRunning() ? "> running" : "> paused");
        if (guest.isPowerButtonPressed()) {
            Font.write(picture, 32, 214, 2, DIM, "> power button pressed, ignored");
        }
        return picture;
    }

    private void paintSky(Picture picture) {
        for (int y = 0; y < HEIGHT; y += 4) {
            picture.fill(0, y, WIDTH, 4, colour(hue, 0.55f, 0.10f + 0.16f * y / HEIGHT));
        }
    }

    private void paintBars(Picture picture, double seconds) {
        int width = (WIDTH - 64) / BARS;
        for (int i = 0; i < BARS; i++) {
            double wave = Math.sin(seconds * 1.7 + i * 0.42) + Math.sin(seconds * 0.9 - i * 0.23);
            int high = (int) (70 + 28 * wave);
            int colour = colour(hue + i * 0.006f, 0.55f, 0.85f);
            picture.fill(32 + i * width, HEIGHT - 24 - high, width - 4, high, colour);
        }
    }

    private static String clock(Duration time) {
        return String.format(
                Locale.ROOT, "up %02d:%02d:%02d", time.toHours(), time.toMinutesPart(), time.toSecondsPart());
    }

    /** {@return a colour of the given hue, saturation and brightness, each from 0 to 1} */
    private static int colour(float hue, float saturation, float brightness) {
        int colour = 0;
        for (int channel = 0; channel < 3; channel++) {
            double position = (channel * 4 + 5 + hue % 1 * 6) % 6;
            double share = Math.max(0, Math.min(1, Math.min(position, 4 - position)));
            colour = colour << 8 | (int) (255 * brightness * (1 - saturation * share));
        }
        return colour;
    }
}
