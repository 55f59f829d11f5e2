package dev.qmp.autoconfigure.fleet;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.instance.impl.HazelcastInstanceProxy;
import com.hazelcast.internal.metrics.MetricDescriptor;
import com.hazelcast.internal.metrics.MetricsRegistry;
import com.hazelcast.internal.metrics.collectors.MetricsCollector;

/** What a Hazelcast member has received over its connections since its start, by Hazelcast's own counters. */
final class ClusterTraffic implements MetricsCollector {

    private long messages;
    private long bytes;

    /** {@return messages and bytes, separated by a blank} */
    static String of(HazelcastInstance hazelcast) {
        MetricsRegistry registry = ((HazelcastInstanceProxy) hazelcast)
                .getOriginal()
                .node
                .nodeEngine
                .getMetricsRegistry();
        ClusterTraffic traffic = new ClusterTraffic();
        registry.collect(traffic);
        return traffic.messages + " " + traffic.bytes;
    }

    @Override
    public void collectLong(MetricDescriptor descriptor, long value) {
        String metric = String.valueOf(descriptor.metric());
        if (!"tcp.inputThread".equals(descriptor.prefix())) {
            return;
        }
        if (metric.equals("framesTransceived") || metric.equals("priorityFramesTransceived")) {
            messages += value;
        } else if (metric.equals("bytesTransceived")) {
            bytes += value;
        }
    }

    @Override
    public void collectDouble(MetricDescriptor descriptor, double value) {}

    @Override
    public void collectException(MetricDescriptor descriptor, Exception e) {}

    @Override
    public void collectNoValue(MetricDescriptor descriptor) {}
}
