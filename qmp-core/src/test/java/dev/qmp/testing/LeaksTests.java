package dev.qmp.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qmp.testing.Leaks.Detector;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import io.netty.util.ResourceLeakTracker;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class LeaksTests {

    private final Detector<ByteBuf> detector = new Detector<>(ByteBuf.class, 1);

    @Test
    @DisplayName("what is dropped without a release is found, what is released is not")
    void findsWhatIsDropped() {
        dropReleased();
        assertThat(Leaks.found(List.of(detector))).isEmpty();
        dropUnreleased();
        assertThat(Leaks.found(List.of(detector)))
                .singleElement()
                .asString()
                .contains("ByteBuf")
                .contains("dropUnreleased");
    }

    private void dropReleased() {
        ByteBuf buffer = Unpooled.buffer();
        ResourceLeakTracker<ByteBuf> tracker = detector.trackForcibly(buffer);
        assertThat(tracker.close(buffer)).isTrue();
    }

    private void dropUnreleased() {
        detector.trackForcibly(Unpooled.buffer());
    }

    @Test
    @DisplayName("the buffers of Netty are watched in this very run")
    void watchesBuffers() {
        assertThat(ResourceLeakDetectorFactory.instance().newResourceLeakDetector(ByteBuf.class))
                .isInstanceOf(Detector.class);
        assertThat(ResourceLeakDetector.getLevel()).isEqualTo(ResourceLeakDetector.Level.PARANOID);
    }
}
