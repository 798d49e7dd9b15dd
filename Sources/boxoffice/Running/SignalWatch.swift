import Dispatch
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Takes over the signals that ask the process to end, from then on: the first is told, the second ends the
/// process at once.
final class SignalWatch: Sendable {
    private static let signals = [SIGTERM, SIGINT]
    /// Signals closer to each other than this are one: `timeout` and shells signal a process and its group.
    private static let togetherMax = Duration.milliseconds(100)

    private let first: @Sendable (String) -> Void
    private let lastHeard = Mutex<ContinuousClock.Instant?>(nil)
    /// Kept, because a source that is let go hears nothing any more.
    private let sources = Mutex<[DispatchSource]>([])

    /// Calls `first` with the name of the first signal, on a thread of its own: it answers even when every
    /// other thread is stuck.
    init(label: String, first: @escaping @Sendable (String) -> Void) {
        self.first = first
        let queue = DispatchQueue(label: label)
        for number in Self.signals {
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { [self] in hear(number) }
            source.activate()
            guard let source = source as? DispatchSource else { continue }
            sources.withLock { $0.append(source) }
        }
    }

    /// What is as good as that signal has happened.
    func hear(_ number: Int32) {
        let now = ContinuousClock.now
        let before = lastHeard.withLock { last in
            defer { last = now }
            return last
        }
        guard let before else { return first(Self.name(number)) }
        guard now - before >= Self.togetherMax else { return }
        DescriptorOutput.standardError.say(
            "boxoffice: ended at once by a second \(Self.name(number))")
        // The shell's way to say which signal ended a process.
        _exit(128 + number)
    }

    private static func name(_ number: Int32) -> String {
        switch number {
        case SIGTERM: "SIGTERM"
        case SIGHUP: "end of input"
        default: "SIGINT"
        }
    }
}
