/// The value of `Host` (RFC 9110, 7.2): a name or an address, perhaps with a port.
enum HostField {
    /// Digits of a port.
    private static let portDigitsMax = 5

    /// Whether this can be a host.
    ///
    /// It must not be empty: every server here has a name or an address.
    static func isValid(_ value: Substring) -> Bool {
        let bytes = value.utf8
        guard let first = bytes.first else { return false }
        if first == UInt8(ascii: "[") { return isValidAddress(value) }
        let host = bytes.prefix { $0 != ASCII.colon }
        return !host.isEmpty && host.allSatisfy(isNameByte)
            && isPort(bytes.dropFirst(host.count))
    }

    /// An address of IPv6 in brackets.
    private static func isValidAddress(_ value: Substring) -> Bool {
        let parts = value.utf8.split(
            separator: UInt8(ascii: "]"), maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return false }
        let address = Substring(parts[0].dropFirst())
        return address.utf8.contains(ASCII.colon) && IPAddress(address) != nil && isPort(parts[1])
    }

    /// Nothing, or a colon and a port.
    private static func isPort(_ bytes: some Collection<UInt8>) -> Bool {
        guard let first = bytes.first else { return true }
        let digits = bytes.dropFirst()
        return first == ASCII.colon && digits.count <= portDigitsMax
            && digits.allSatisfy(ASCII.isDigit)
    }

    /// What names of hosts are made of; delimiters that URIs would allow appear in none.
    private static func isNameByte(_ byte: UInt8) -> Bool {
        ASCII.isUnreserved(byte) || byte == ASCII.percent
    }
}
