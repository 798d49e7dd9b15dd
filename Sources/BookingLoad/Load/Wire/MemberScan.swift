import NIOCore

/// Finds the text of one member in JSON without reading the rest of it.
///
/// The first `"name"` that is followed by a colon and a string counts, at whatever depth; a member
/// of that name with another kind of value is passed over. Escapes in the value stay as they are:
/// what is looked for here (ids, statuses, slugs) has none.
struct MemberScan: Sendable {
    /// The name in its quotes.
    private let name: [UInt8]

    init(_ name: String) { self.name = Array("\"\(name)\"".utf8) }

    func text(in body: ByteBuffer) -> String? {
        body.withUnsafeReadableBytes { bytes in
            // SAFETY: the pointer is used within this call only, while `body` is alive.
            var place = 0
            while let end = endOfName(in: bytes, from: place) {
                if let value = Self.value(in: bytes, after: end) {
                    return String(decoding: bytes[value], as: UTF8.self)
                }
                place = end
            }
            return nil
        }
    }

    private func endOfName(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var place = start
        while place + name.count <= bytes.count {
            if bytes[place] == UInt8(ascii: "\""), isName(in: bytes, at: place) {
                return place + name.count
            }
            place += 1
        }
        return nil
    }

    private func isName(in bytes: UnsafeRawBufferPointer, at place: Int) -> Bool {
        for offset in 1..<name.count where bytes[place + offset] != name[offset] { return false }
        return true
    }

    /// Where the string is that stands behind a colon; `nil` when something else does.
    private static func value(in bytes: UnsafeRawBufferPointer, after name: Int) -> Range<Int>? {
        let colon = afterBlanks(in: bytes, from: name)
        guard colon < bytes.count, bytes[colon] == UInt8(ascii: ":") else { return nil }
        let quote = afterBlanks(in: bytes, from: colon + 1)
        guard quote < bytes.count, bytes[quote] == UInt8(ascii: "\"") else { return nil }
        var end = quote + 1
        while end < bytes.count, bytes[end] != UInt8(ascii: "\"") { end += 1 }
        return end < bytes.count ? quote + 1..<end : nil
    }

    private static func afterBlanks(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var place = start
        while place < bytes.count, bytes[place] <= UInt8(ascii: " ") { place += 1 }
        return place
    }
}
