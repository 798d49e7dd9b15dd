import Dispatch
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Takes over signals of the process for as long as it is kept.
final class SignalWatch: Sendable {
    /// What asks a program to end.
    static let ending = [SIGTERM, SIGINT]

    /// Kept, because a source that is let go hears nothing any more.
    private let sources = Mutex<[DispatchSource]>([])

    /// Signals closer to each other than this are one: `timeout` and shells signal a process and its group.
    private static let togetherMax = Duration.milliseconds(100)

    /// Calls `handler` for each signal, one after the other, on a thread of its own: it answers even when
    /// every other thread is stuck.
    init(_ signals: [Int32] = ending, label: String, handler: @escaping @Sendable (Int32) -> Void) {
        let queue = DispatchQueue(label: label)
        let last = Mutex<ContinuousClock.Instant?>(nil)
        let heard: @Sendable (Int32) -> Void = { number in
            let now = ContinuousClock.now
            let isSame = last.withLock { last in
                defer { last = now }
                return last.map { now - $0 < Self.togetherMax } ?? false
            }
            if !isSame { handler(number) }
        }
        for number in signals {
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { heard(number) }
            source.activate()
            guard let source = source as? DispatchSource else { continue }
            sources.withLock { $0.append(source) }
        }
    }

    /// Ends the process at once, in the shell's way to say which signal ended it.
    static func endAtOnce(by number: Int32, named name: String) -> Never {
        DescriptorOutput.standardError.write("boxoffice: ended at once by a second \(name)\n")
        _exit(128 + number)
    }

    static func name(_ number: Int32) -> String {
        switch number {
        case SIGTERM: "SIGTERM"
        case SIGHUP: "end of input"
        default: "SIGINT"
        }
    }
}
