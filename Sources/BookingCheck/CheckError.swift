/// Why a run could not be checked; nothing is said of the run itself.
package struct CheckError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// The run's folder cannot be read.
        case history
        /// The run's description makes no sense.
        case plan
        /// The tables cannot be read.
        case tables
        /// The broker cannot be asked.
        case broker
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { "\(code.rawValue): \(message)" }
}
