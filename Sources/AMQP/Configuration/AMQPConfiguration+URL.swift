extension AMQPConfiguration {
    /// A configuration from a URL such as `amqp://user:pass@h1:5672,h2/vhost`.
    ///
    /// The scheme is `amqp` or `amqps`; several hosts are separated by commas; user, password and
    /// virtual host may be percent-encoded. What is left out becomes `guest`, `guest`, port 5672
    /// (5671 with TLS) and the virtual host `/`. Options follow the `?`: `heartbeat` in seconds,
    /// `connection_timeout` in milliseconds, and `cacertfile`, the file of the trusted authorities.
    /// No message of the errors thrown repeats the URL, since it holds the password.
    public init(url: String, connectionName: String) throws(AMQPError) {
        let parts = try URLParts(url)
        let tls = parts.isEncrypted ? AMQPTLS() : nil
        var addresses: [AMQPAddress] = []
        for host in parts.hosts.split(separator: ",", omittingEmptySubsequences: false) {
            addresses.append(try AMQPAddress(parsing: host, encrypted: parts.isEncrypted))
        }
        self.init(
            addresses: addresses, virtualHost: parts.virtualHost ?? "/",
            username: parts.username ?? "guest", password: parts.password ?? "guest",
            connectionName: connectionName, tls: tls)
        for (name, value) in parts.options {
            try apply(option: name, value: value)
        }
        try validate()
    }

    private mutating func apply(option name: String, value: String) throws(AMQPError) {
        switch name {
        case "heartbeat":
            heartbeat = .seconds(try Self.number(value, of: name))
        case "connection_timeout":
            connectTimeout = .milliseconds(try Self.number(value, of: name))
        case "cacertfile":
            guard tls != nil else { throw .badURL("cacertfile needs the scheme amqps.") }
            tls?.authoritiesFile = value
        default:
            throw .badURL("The option \(name) is not known.")
        }
    }

    private static func number(_ text: String, of option: String) throws(AMQPError) -> Int {
        guard let number = Int(text), (0...86_400_000).contains(number) else {
            throw .badURL("The option \(option) must be a whole number.")
        }
        return number
    }
}

extension AMQPAddress {
    fileprivate init(parsing text: Substring, encrypted: Bool) throws(AMQPError) {
        var host = text
        var portText: Substring?
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else {
                throw .badURL("An IPv6 address lacks its closing bracket.")
            }
            host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.first == ":" else {
                throw .badURL("Only a port may follow an IPv6 address.")
            }
            portText = rest.isEmpty ? nil : rest.dropFirst()
        } else if let colon = text.firstIndex(of: ":") {
            host = text[..<colon]
            portText = text[text.index(after: colon)...]
        }
        guard !host.isEmpty else { throw .badURL("A host is empty.") }
        var port: UInt16 = encrypted ? 5671 : 5672
        if let portText {
            guard let number = UInt16(portText), number > 0 else {
                throw .badURL("A port is not a number from 1 to 65535.")
            }
            port = number
        }
        self.init(host: try percentDecoded(host), port: port)
    }
}

/// The pieces of an AMQP URL, user, password and virtual host decoded.
private struct URLParts {
    let isEncrypted: Bool
    var username: String?
    var password: String?
    var hosts: Substring
    var virtualHost: String?
    var options: [(String, String)] = []

    init(_ url: String) throws(AMQPError) {
        var rest: Substring
        if url.hasPrefix("amqp://") {
            isEncrypted = false
            rest = url.dropFirst("amqp://".count)
        } else if url.hasPrefix("amqps://") {
            isEncrypted = true
            rest = url.dropFirst("amqps://".count)
        } else {
            throw .badURL("It must start with amqp:// or amqps://.")
        }
        guard !rest.contains("#") else { throw .badURL("A fragment has no meaning here.") }
        if let mark = rest.firstIndex(of: "?") {
            options = try Self.options(rest[rest.index(after: mark)...])
            rest = rest[..<mark]
        }
        if let slash = rest.firstIndex(of: "/") {
            let path = rest[rest.index(after: slash)...]
            guard !path.contains("/") else {
                throw .badURL("A slash within the virtual host must be written %2F.")
            }
            virtualHost = path.isEmpty ? nil : try percentDecoded(path)
            rest = rest[..<slash]
        }
        hosts = rest
        if let at = rest.lastIndex(of: "@") {
            hosts = rest[rest.index(after: at)...]
            let user = rest[..<at].split(
                separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            username = try percentDecoded(user[0])
            password = user.count > 1 ? try percentDecoded(user[1]) : nil
        }
    }

    private static func options(_ query: Substring) throws(AMQPError) -> [(String, String)] {
        var options: [(String, String)] = []
        for pair in query.split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2 else { throw .badURL("An option has no value.") }
            options.append((try percentDecoded(sides[0]), try percentDecoded(sides[1])))
        }
        return options
    }
}

private func percentDecoded(_ text: Substring) throws(AMQPError) -> String {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
        guard byte == UInt8(ascii: "%") else {
            bytes.append(byte)
            continue
        }
        guard let high = rest.popFirst().flatMap(hexDigit),
            let low = rest.popFirst().flatMap(hexDigit)
        else { throw .badURL("A percent sign is not followed by two hexadecimal digits.") }
        bytes.append(high << 4 | low)
    }
    guard let decoded = String(validating: bytes, as: UTF8.self) else {
        throw .badURL("A percent-encoded part is not UTF-8.")
    }
    return decoded
}

private func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}

extension AMQPError {
    fileprivate static func badURL(_ message: String) -> AMQPError {
        AMQPError(
            .invalidConfiguration, "The AMQP URL cannot be used: \(message)", isSafeToRetry: true)
    }
}
