import NIOHTTP1

/// What a request asks for: a path and query, in whichever form it is written (RFC 9112, 3.2).
enum RequestTarget {
    /// Whether a target may have this byte.
    ///
    /// Browsers leave some in queries that a URI does not allow.
    static func isAllowed(_ byte: UInt8) -> Bool {
        byte > ASCII.space && byte < ASCII.delete && byte != UInt8(ascii: "#")
    }

    /// The path and query of a target; unreserved characters that are percent-encoded in the path are
    /// the characters (RFC 3986, 6.2.2.2), other encodings stay as they are.
    static func normalized(
        _ target: String, for method: HTTPMethod
    ) throws(HTTPRefusal) -> String {
        let path: Substring
        if target.utf8.first == UInt8(ascii: "/") {
            path = Substring(target)
        } else if method == .CONNECT {
            guard HostField.isValid(target[...]) else { throw .malformed }
            return target
        } else if target == "*" {
            guard method == .OPTIONS else { throw .malformed }
            return target
        } else {
            path = try pathOfURI(target)
        }
        guard path.utf8.contains(ASCII.percent) else { return String(path) }
        return try decoded(path)
    }

    /// The path and query of a whole URI, which is of this kind of server at least.
    private static func pathOfURI(_ target: String) throws(HTTPRefusal) -> Substring {
        guard let end = target.firstRange(of: "://") else { throw .malformed }
        let scheme = target[..<end.lowerBound]
        guard scheme.isField("http") || scheme.isField("https") else { throw .malformed }
        let rest = target[end.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard HostField.isValid(authority) else { throw .invalidHost }
        let path = rest[authority.endIndex...]
        return path.hasPrefix("/") ? path : "/" + path
    }

    private static func decoded(_ target: Substring) throws(HTTPRefusal) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(target.utf8.count)
        var rest = target.utf8[...]
        var isInPath = true
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "?") { isInPath = false }
            guard byte == ASCII.percent else {
                bytes.append(byte)
                continue
            }
            guard let first = rest.popFirst(), let second = rest.popFirst(),
                let high = ASCII.hexValue(first), let low = ASCII.hexValue(second)
            else { throw .malformed }
            let character = high << 4 | low
            if isInPath, ASCII.isUnreserved(character) {
                bytes.append(character)
            } else {
                bytes += [byte, first, second]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
