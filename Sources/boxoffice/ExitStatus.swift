import ArgumentParser

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// How the program ends, for whoever started it.
enum ExitStatus: Int32 {
    case success = 0
    /// What was asked for could not be done; for a drill: something was wrong.
    case failure = 1
    /// The command line cannot be understood.
    case usage = 2
    /// Nothing was wrong, but what was looked at proves nothing.
    case void = 3
    /// The settings cannot be used; `EX_CONFIG` of sysexits(3).
    case configuration = 78

    /// What `--help` says of them.
    static let help = """
        Exit status:
          0    all went well
          1    it could not be done; standard error says why
          2    the command line cannot be understood
          78   the settings cannot be used; every problem is listed
        """
}

/// Why a command could not do what it was asked to, in words for the operator.
struct CommandFailure: Error, Hashable, Sendable, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

extension ExitStatus {
    /// Ends the process after telling `error`, or the help that it stands for.
    static func end(with error: any Error) -> Never {
        switch error {
        case let error as SettingsError:
            DescriptorOutput.standardError.say("boxoffice: \(error)")
            exit(error.exitStatus.rawValue)
        case let error as CommandFailure:
            DescriptorOutput.standardError.say("boxoffice: \(error)")
            exit(failure.rawValue)
        default: break
        }
        let code = Boxoffice.exitCode(for: error)
        let message = Boxoffice.fullMessage(for: error)
        if code.isSuccess {
            DescriptorOutput.standardOutput.say(message)
            exit(success.rawValue)
        }
        if !message.isEmpty { DescriptorOutput.standardError.say(message) }
        exit(code == .validationFailure ? usage.rawValue : code.rawValue)
    }
}
