/// Why a text is no JSON, or not the JSON that was wanted, and where; safe to print, for it repeats
/// nothing of the text but names of members that the reader asked for.
package struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: Hashable, Sendable {
        /// Not JSON at all.
        case malformed
        /// JSON, but not of the type that was asked for.
        case wrongType
    }

    package let code: Code
    package let message: String
    /// Bytes before the place where reading failed.
    package let offset: Int

    package init(_ code: Code, _ message: String, at offset: Int) {
        self.code = code
        self.message = message
        self.offset = offset
    }

    package var description: String { "\(message) at byte \(offset)" }
}
