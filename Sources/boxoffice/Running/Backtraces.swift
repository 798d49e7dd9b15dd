#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Swift's own handling of a crash: it writes a backtrace, and keeps the process for 8 to 15 s.
///
/// So long nobody takes over what a worker had in hand, and an ingress accepts connections that it
/// does not answer.
enum Backtraces {
    /// The signals that the runtime handles.
    private static let signals = [
        SIGQUIT, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP,
    ]
    private static let variable = "SWIFT_BACKTRACE"
    private static let wish = "enable=yes"

    /// Lets a crash end the process at once, unless whoever started it wants backtraces.
    static func switchOff() {
        if let choice = getenv(variable), String(cString: choice).contains(wish) { return }
        for number in signals { signal(number, SIG_DFL) }
    }
}
