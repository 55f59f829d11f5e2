package dev.qmp.benchmark;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Lines through points, the last one of them in colour, as SVG that reads well on light and dark pages. */
record Plot(String title, String across, String up, List<List<Point>> lines) {

    private static final int WIDTH = 560;
    private static final int HEIGHT = 240;
    private static final int LEFT = 70;
    private static final int BOTTOM = 50;
    private static final int TOP = 40;
    private static final int RIGHT = 40;

    /** A point, and what stands below it; nothing if null. */
    record Point(double x, double y, String label) {}

    String svg() {
        List<Point> points = lines.stream().flatMap(List::stream).toList();
        double maxX = points.stream().mapToDouble(Point::x).max().orElse(1);
        double maxY = points.stream().mapToDouble(Point::y).max().orElse(1) * 1.1;
        StringBuilder svg = new StringBuilder(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\""
                        + " font-size=\"12\" fill=\"#777\">%n<title>%s</title>%n"
                        + "<text x=\"%d\" y=\"20\" font-size=\"14\">%s</text>%n"
                        + "<path d=\"M%d %d V%d H%d\" fill=\"none\" stroke=\"#777\"/>%n",
                WIDTH,
                HEIGHT,
                title,
                LEFT,
                title,
                LEFT,
                TOP,
                HEIGHT - BOTTOM,
                WIDTH - RIGHT));
        for (int tick = 0; tick <= 4; tick++) {
            double value = maxY * tick / 4;
            int at = (int) Math.round(HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * tick / 4.0);
            svg.append(String.format(
                    Locale.ROOT,
                    "<path d=\"M%d %d H%d\" stroke=\"#7774\"/><text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>%n",
                    LEFT,
                    at,
                    WIDTH - RIGHT,
                    LEFT - 6,
                    at + 4,
                    value < 20 ? String.format(Locale.ROOT, "%.1f", value) : String.valueOf(Math.round(value))));
        }
        List<Point> last = lines.get(lines.size() - 1);
        for (List<Point> line : lines) {
            svg.append(String.format(
                    "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>%n",
                    line.stream()
                            .map(point -> String.format(Locale.ROOT, "%.1f,%.1f", x(point, maxX), y(point, maxY)))
                            .collect(Collectors.joining(" ")),
                    line == last ? "#d9651e" : "#999"));
        }
        for (Point point : last) {
            if (!point.label().isEmpty()) {
                svg.append(String.format(
                        Locale.ROOT,
                        "<text x=\"%.0f\" y=\"%d\" text-anchor=\"middle\">%s</text>%n",
                        x(point, maxX),
                        HEIGHT - BOTTOM + 18,
                        point.label()));
            }
        }
        svg.append(String.format(
                "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>%n<text x=\"14\" y=\"%d\" text-anchor=\"middle\""
                        + " transform=\"rotate(-90 14 %d)\">%s</text>%n</svg>%n",
                (LEFT + WIDTH - RIGHT) / 2,
                HEIGHT - 10,
                across,
                (TOP + HEIGHT - BOTTOM) / 2,
                (TOP + HEIGHT - BOTTOM) / 2,
                up));
        return svg.toString();
    }

    private static double x(Point point, double max) {
        return LEFT + (WIDTH - LEFT - RIGHT) * point.x() / max;
    }

    private static double y(Point point, double max) {
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * point.y() / max;
    }
}
