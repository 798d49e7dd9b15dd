import NIOHTTP1

/// What the fields of a head say about host, body and connection.
struct FieldMeaning {
    private var host: String?
    private var length: Int?
    private var transferCoding: String?
    private(set) var expectsContinue = false
    private(set) var closes = false
    private(set) var hasContentCoding = false

    /// Takes a field; what may be there once is refused when it comes again.
    mutating func take(_ name: String, _ value: String) throws(HTTPRefusal) {
        switch name.utf8.count {
        case 4 where name.isField("host"):
            guard host == nil, HostField.isValid(value[...]) else { throw .invalidHost }
            host = value
        case 6 where name.isField("expect"):
            if value.isField("100-continue") { expectsContinue = true }
        case 10 where name.isField("connection"):
            if value.isField("keep-alive") { break }
            if value.split(separator: ",").contains(where: { $0.isOption("close") }) {
                closes = true
            }
        case 14 where name.isField("content-length"):
            guard length == nil else { throw .malformed }
            length = try Self.length(value)
        case 16 where name.isField("content-encoding"):
            if !value.isEmpty, !value.isField("identity") { hasContentCoding = true }
        case 17 where name.isField("transfer-encoding"):
            guard transferCoding == nil else { throw .malformed }
            transferCoding = value
        default: break
        }
    }

    func checkHost(required: Bool) throws(HTTPRefusal) {
        if required, host == nil { throw .invalidHost }
    }

    /// How the body's end is known; without any word of a body there is none.
    func framing(in version: HTTPVersion) throws(HTTPRefusal) -> ParsedHead.Framing {
        guard let transferCoding else { return .length(length ?? 0) }
        // Two lengths, or a coding that the version does not know: a proxy may read it otherwise.
        guard length == nil, version == .http1_1 else { throw .malformed }
        if transferCoding.isField("chunked") { return .chunked }
        let codings = transferCoding.split(separator: ",", omittingEmptySubsequences: false)
        guard codings.last?.isOption("chunked") == true, codings.count > 1,
            codings.dropLast().allSatisfy({ coding in
                coding.utf8.contains(where: ASCII.isToken) && !coding.isOption("chunked")
            })
        else { throw .malformed }
        throw .unsupportedTransferCoding
    }

    /// A number of bytes: digits and nothing else.
    ///
    /// One that does not fit is as good as the largest.
    private static func length(_ value: String) throws(HTTPRefusal) -> Int {
        guard !value.isEmpty, value.utf8.allSatisfy(ASCII.isDigit) else { throw .malformed }
        return Int(value) ?? Int.max
    }
}

extension StringProtocol {
    /// Whether this is that word, which is given in lower case, in any case.
    func isField(_ word: StaticString) -> Bool {
        word.withUTF8Buffer { word in
            utf8.count == word.count
                && utf8.elementsEqual(word) { $0 == $1 || (ASCII.isLetter($0) && $0 | 0x20 == $1) }
        }
    }

    /// The same for a member of a list, which may have blanks around it.
    func isOption(_ word: StaticString) -> Bool {
        Substring(self).utf8.trimmingBlanks.isField(word)
    }
}

extension Substring.UTF8View {
    /// The same without blanks around it.
    var trimmingBlanks: Substring {
        var text = drop(while: ASCII.isBlank)
        while let last = text.last, ASCII.isBlank(last) { text.removeLast() }
        return Substring(text)
    }
}
