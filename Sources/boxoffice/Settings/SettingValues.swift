import AMQP
import BookingIngress
import BookingKeys
import Logging
import NIOCore

/// How the texts of settings become values; each says in a sentence what it refuses.
enum SettingValue {
    static func wholeNumber(
        _ range: ClosedRange<Int>
    ) -> @Sendable (String) throws(SettingRefusal) -> Int {
        { text throws(SettingRefusal) in
            guard text.wholeMatch(of: /[0-9]+/) != nil else {
                throw SettingRefusal("is not a whole number")
            }
            guard let number = Int(text), range.contains(number) else {
                throw SettingRefusal("is out of range")
            }
            return number
        }
    }

    /// A time with its unit: `250ms`, `30s`, `15m`, `12h`, `7d`.
    static func duration(
        _ range: ClosedRange<Duration>
    ) -> @Sendable (String) throws(SettingRefusal) -> Duration {
        { text throws(SettingRefusal) in
            guard let parts = text.wholeMatch(of: /([0-9]{1,9})(ms|s|m|h|d)/),
                let number = Int64(parts.output.1)
            else { throw SettingRefusal("is not a number with a unit (ms, s, m, h or d)") }
            let duration: Duration =
                switch parts.output.2 {
                case "ms": .milliseconds(number)
                case "s": .seconds(number)
                case "m": .seconds(number * 60)
                case "h": .seconds(number * 3600)
                default: .seconds(number * 86400)
                }
            guard range.contains(duration) else { throw SettingRefusal("is out of range") }
            return duration
        }
    }

    static func choice<Value: RawRepresentable & CaseIterable & SendableMetatype>(
        _ type: Value.Type
    ) -> @Sendable (String) throws(SettingRefusal) -> Value where Value.RawValue == String {
        { text throws(SettingRefusal) in
            guard let value = Value(rawValue: text) else {
                throw SettingRefusal("is none of them")
            }
            return value
        }
    }

    /// A name or an address to listen on, without a port.
    static func host(_ text: String) throws(SettingRefusal) -> String {
        guard text.wholeMatch(of: /[A-Za-z0-9._:%-]{1,255}/) != nil else {
            throw SettingRefusal("is not a host name or an IP address")
        }
        // What no name can be must be an address.
        let isAddress = text.contains(":") || text.wholeMatch(of: /[0-9.]+/) != nil
        let withoutZone = String(text.prefix { $0 != "%" })
        guard !isAddress || (try? SocketAddress(ipAddress: withoutZone, port: 0)) != nil else {
            throw SettingRefusal("is not an IP address")
        }
        return text
    }

    /// A name that is shown to people and stored in rows.
    static func name(_ text: String) throws(SettingRefusal) -> String {
        guard text.wholeMatch(of: /[A-Za-z0-9._:@-]{1,100}/) != nil else {
            throw SettingRefusal("has a character that is not allowed, or too many")
        }
        return text
    }

    /// Key material: hexadecimal digits stand for bytes, anything else for its UTF-8.
    static func secret(_ text: String) throws(SettingRefusal) -> [UInt8] {
        let bytes = try keyMaterial(text)
        try SecretQuality.check(bytes, writtenAs: text)
        return bytes
    }

    /// Secrets that take turns, with commas or line breaks between them.
    static func secrets(_ text: String) throws(SettingRefusal) -> SecretList {
        let texts = text.split { $0 == "," || $0.isNewline }
            .map { String($0).trimmingWhitespace }.filter { !$0.isEmpty }
        guard texts.count <= SecretList.secretsMax else {
            throw SettingRefusal("has \(texts.count) secrets")
        }
        var secrets: [[UInt8]] = []
        for text in texts { secrets.append(try secret(String(text))) }
        guard let list = SecretList(secrets) else {
            throw SettingRefusal(secrets.isEmpty ? "has no secret" : "has the same secret twice")
        }
        return list
    }

    private static func keyMaterial(_ text: String) throws(SettingRefusal) -> [UInt8] {
        let digits = text.utf8.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
        if !digits.isEmpty, digits.count == text.utf8.count {
            guard digits.count.isMultiple(of: 2) else {
                throw SettingRefusal("has an odd number of hexadecimal digits")
            }
            guard digits.count >= 2 * Settings.secretBytesMin else {
                throw SettingRefusal("is too short: \(digits.count) hexadecimal digits")
            }
            return stride(from: 0, to: digits.count, by: 2).map {
                UInt8(digits[$0] << 4 | digits[$0 + 1])
            }
        }
        guard text.utf8.count >= Settings.secretBytesMin else {
            throw SettingRefusal("is too short: \(text.utf8.count) bytes")
        }
        return Array(text.utf8)
    }

    /// Web addresses with commas between them.
    static func webAddresses(_ text: String) throws(SettingRefusal) -> [String] {
        let addresses = text.split(separator: ",", omittingEmptySubsequences: false)
        for address in addresses
        where address.wholeMatch(of: /https?:\/\/[^\/?#\s]+(\/[^?#\s]*)?/) == nil {
            throw SettingRefusal("has an address that is no http:// or https:// URL")
        }
        return addresses.map(String.init)
    }

    /// Addresses and networks of proxies.
    static func proxies(_ text: String) throws(SettingRefusal) -> TrustedProxies {
        if text == "none" { return .none }
        guard let proxies = TrustedProxies(text) else {
            throw SettingRefusal("has a part that is neither an IP address nor a network")
        }
        return proxies
    }

    /// Web origins, each by its name.
    static func origins(_ text: String) throws(SettingRefusal) -> CrossOrigins {
        if text == "none" { return .none }
        guard let origins = CrossOrigins(text) else {
            throw SettingRefusal(
                "has a part that is no origin as browsers name it: a scheme, ://, a host in small letters, "
                    + "and a port only if it is not the scheme's own; each origin is named, * is none"
            )
        }
        return origins
    }

    /// An AMQP URL; the connection's name is the command's business.
    static func broker(_ text: String) throws(SettingRefusal) -> AMQPConfiguration {
        try SecretQuality.check(url: text)
        do throws(AMQPError) {
            return try AMQPConfiguration(url: text, connectionName: "boxoffice")
        } catch {
            throw SettingRefusal("is refused: \(error.message)")
        }
    }
}
