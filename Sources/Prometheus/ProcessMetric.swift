#if os(Linux)
    import Glibc
#endif

/// One fact about this process, under the name that all Prometheus clients use for it.
struct ProcessMetric {
    let name: String
    let kind: MetricKind
    let help: String
    let value: Double

    func write(to text: inout ExpositionText) {
        text.header(name: name, kind: kind, help: help)
        text.sample(name: name, labels: "", value: value)
    }

    /// The names that are always taken.
    static let names: Set<String> = [
        "process_cpu_seconds_total", "process_max_fds", "process_open_fds",
        "process_resident_memory_bytes", "process_start_time_seconds",
        "process_virtual_memory_bytes",
    ]

    #if os(Linux)
        /// What /proc says now; what cannot be read is left out.
        ///
        /// Reading /proc waits for no disk, so it may be done on a cooperative thread.
        static func current() -> [ProcessMetric] {
            var metrics: [ProcessMetric] = []
            if let status = ProcessStatus.read() {
                metrics += [
                    ProcessMetric(
                        name: "process_cpu_seconds_total", kind: .counter,
                        help: "User and system CPU time spent, in seconds.",
                        value: status.cpuSeconds),
                    ProcessMetric(
                        name: "process_resident_memory_bytes", kind: .gauge,
                        help: "Memory of the process that is in RAM.",
                        value: status.residentBytes),
                    ProcessMetric(
                        name: "process_virtual_memory_bytes", kind: .gauge,
                        help: "Address space of the process.", value: status.virtualBytes),
                ]
                if let boot = ProcessStatus.bootTimeSeconds() {
                    metrics.append(
                        ProcessMetric(
                            name: "process_start_time_seconds", kind: .gauge,
                            help: "When the process started, in seconds since 1970.",
                            value: boot + status.startSecondsAfterBoot))
                }
            }
            if let open = ProcessStatus.openFileCount() {
                metrics.append(
                    ProcessMetric(
                        name: "process_open_fds", kind: .gauge,
                        help: "Open file descriptors.", value: Double(open)))
            }
            var limit = rlimit()
            if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
                metrics.append(
                    ProcessMetric(
                        name: "process_max_fds", kind: .gauge,
                        help: "The most file descriptors the process may open.",
                        value: Double(limit.rlim_cur)))
            }
            return metrics
        }
    #else
        /// There is no /proc elsewhere.
        static func current() -> [ProcessMetric] { [] }
    #endif
}
