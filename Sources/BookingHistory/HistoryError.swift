/// Why a run's folder cannot be read or written.
package struct HistoryError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// The operating system refused.
        case file
        /// The content is not of the format.
        case format
    }

    package let code: Code
    package let path: String
    /// From 1; `nil` where the whole file is meant.
    package let line: Int?
    package let detail: String

    package init(code: Code, path: String, line: Int? = nil, detail: String) {
        self.code = code
        self.path = path
        self.line = line
        self.detail = detail
    }

    package var description: String {
        path + (line.map { ":\($0)" } ?? "") + ": " + detail
    }
}
