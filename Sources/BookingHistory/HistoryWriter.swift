import FoundationEssentials
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Adds records to a history, from any number of tasks at once.
///
/// Each record is handed to the operating system as a whole line before ``record(_:)`` returns, so
/// a process that is killed leaves nothing but whole lines.
package final class HistoryWriter: Sendable {
    private let path: String
    /// The file's descriptor, held while a line is written; `nil` once it is closed.
    private let file: Mutex<Int32?>

    /// Opens or makes the file at `path`; what is there already stays.
    package init(path: String) throws(HistoryError) {
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw HistoryError(failed: "opened", path: path) }
        self.path = path
        file = Mutex(descriptor)
    }

    deinit {
        close()
    }

    /// Adds `record` as the last line.
    package func record(_ record: HistoryRecord) throws(HistoryError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let line: Data
        do {
            line = try encoder.encode(record) + Data("\n".utf8)
        } catch {
            throw HistoryError(code: .format, path: path, detail: "\(error.inWords)")
        }
        let isWritten = file.withLock { file in
            guard let descriptor = file else { return false }
            // SAFETY: the bytes are used within this call only, while `line` is alive.
            return line.withUnsafeBytes { bytes in Self.write(bytes, to: descriptor) }
        }
        guard isWritten else { throw HistoryError(failed: "written", path: path) }
    }

    /// Ends the writing; a second time it does nothing.
    package func close() {
        file.withLock { file in
            if let descriptor = file.take() { _ = closeDescriptor(descriptor) }
        }
    }

    private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = writeDescriptor(descriptor, UnsafeRawBufferPointer(rebasing: rest))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}

// `close` and `write` of the operating system, which inside the class mean its own.
private func closeDescriptor(_ descriptor: Int32) -> Int32 { close(descriptor) }
private func writeDescriptor(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    write(descriptor, bytes.baseAddress, bytes.count)
}
