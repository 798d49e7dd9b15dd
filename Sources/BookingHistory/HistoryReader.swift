import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Reads a history from the beginning, one record at a time; a long one is never in memory whole.
package struct HistoryReader: Sendable {
    package let path: String

    /// How much is read at a time.
    private static let chunkBytes = 1 << 20
    /// A line longer than this is none of a history.
    private static let lineBytesMax = 16 << 20

    package init(path: String) {
        self.path = path
    }

    /// Hands every record to `body`, in the order of the lines.
    ///
    /// Throws at the first line that is no record, or was cut off, and names it.
    package func forEach(_ body: (HistoryRecord) -> Void) throws(HistoryError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw HistoryError(failed: "opened", path: path) }
        defer { close(descriptor) }
        let decoder = JSONDecoder()
        // What has been read, from the beginning of a line.
        var text = Data()
        var number = 0
        while let chunk = try next(from: descriptor) {
            text.append(chunk)
            var lineStart = 0
            while let lineEnd = text.lineEnd(from: lineStart) {
                number += 1
                body(try record(in: text[lineStart..<lineEnd], number: number, with: decoder))
                lineStart = lineEnd + 1
            }
            text = Data(text[lineStart...])
            guard text.count <= Self.lineBytesMax else {
                throw HistoryError(
                    code: .format, path: path, line: number + 1,
                    detail: "longer than \(Self.lineBytesMax) bytes")
            }
        }
        guard text.isEmpty else {
            throw HistoryError(
                code: .format, path: path, line: number + 1, detail: "the line is cut off")
        }
    }

    private func record(
        in line: Data, number: Int, with decoder: JSONDecoder
    ) throws(HistoryError) -> HistoryRecord {
        do {
            return try decoder.decode(HistoryRecord.self, from: line)
        } catch {
            throw HistoryError(
                code: .format, path: path, line: number,
                detail: "not a record of a history: \(error.inWords)")
        }
    }

    /// The next bytes of the file; `nil` at its end.
    private func next(from descriptor: Int32) throws(HistoryError) -> Data? {
        var chunk = Data(count: Self.chunkBytes)
        var count: Int
        repeat {
            count = chunk.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        } while count < 0 && errno == EINTR
        guard count >= 0 else { throw HistoryError(failed: "read", path: path) }
        return count == 0 ? nil : chunk.prefix(count)
    }
}

extension Data {
    /// Where the line that begins at `start` ends; `nil` when its end is not here.
    fileprivate func lineEnd(from start: Int) -> Int? {
        // SAFETY: `memchr` looks at the bytes from `start` to the end only, within the closure.
        withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress, start < bytes.count else { return nil }
            let found = memchr(base + start, Int32(UInt8(ascii: "\n")), bytes.count - start)
            return found.map { UnsafeRawPointer($0) - base }
        }
    }
}

extension HistoryError {
    /// The operating system's word on why the last call for `path` failed.
    init(failed what: String, path: String) {
        let reason = String(cString: strerror(errno))
        self.init(code: .file, path: path, detail: "cannot be \(what): \(reason)")
    }
}

extension Error {
    /// What is wrong with a document, shorter than the decoder says it.
    var inWords: String {
        guard let error = self as? DecodingError else { return "\(self)" }
        let (context, subject): (DecodingError.Context, String?) =
            switch error {
            case .typeMismatch(_, let context), .valueNotFound(_, let context),
                .dataCorrupted(let context):
                (context, nil)
            case .keyNotFound(let key, let context): (context, key.stringValue)
            @unknown default: (.init(codingPath: [], debugDescription: "\(error)"), nil)
            }
        let path = context.codingPath.map(\.stringValue) + (subject.map { [$0] } ?? [])
        let place = path.isEmpty ? "" : "at \(path.joined(separator: ".")): "
        return place + context.debugDescription
    }
}
