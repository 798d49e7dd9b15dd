import Postgres

extension SettingValue {
    /// A Postgres URL; the application name is the command's business.
    static func database(_ text: String) throws(SettingRefusal) -> PostgresConfiguration {
        try DatabaseURL(text).check()
        try SecretQuality.check(url: text)
        do throws(PostgresError) {
            return try PostgresConfiguration(
                connectionString: text, applicationName: "boxoffice")
        } catch {
            throw SettingRefusal("is refused: \(error.message)")
        }
    }

    /// Postgres URLs with commas between them; a URL may itself name several hosts with commas.
    static func databases(_ text: String) throws(SettingRefusal) -> [PostgresConfiguration] {
        let urls = urls(in: text)
        guard urls.count <= Settings.shardsMax else {
            throw SettingRefusal("names \(urls.count) shards")
        }
        var shards: [PostgresConfiguration] = []
        for (number, url) in urls.enumerated() {
            do throws(SettingRefusal) {
                shards.append(try database(url))
            } catch {
                throw SettingRefusal("has a bad URL for shard \(number), which \(error.reason)")
            }
            if let same = urls[..<number].firstIndex(of: url) {
                throw SettingRefusal("has the same URL for shards \(same) and \(number)")
            }
        }
        return shards
    }

    /// A comma ends a URL, unless it stands among the hosts: before the path, and before no URL.
    private static func urls(in text: String) -> [String] {
        var urls: [String] = []
        for piece in text.split(separator: ",", omittingEmptySubsequences: false) {
            let piece = String(piece.trimming(while: \.isWhitespace))
            if let last = urls.last, DatabaseURL(last).isAmongHosts, !piece.isEmpty,
                DatabaseURL(piece).rest == nil
            {
                urls[urls.count - 1] += ",\(piece)"
            } else {
                urls.append(piece)
            }
        }
        return urls
    }
}

/// Looks at a Postgres URL for what libpq finds only when it connects.
private struct DatabaseURL {
    /// What follows `postgresql://`, or `nil` without that.
    let rest: Substring?

    init(_ text: String) {
        rest = ["postgresql://", "postgres://"].first(where: text.hasPrefix)
            .map { text.dropFirst($0.count) }
    }

    /// Whether the text ends before its hosts do.
    var isAmongHosts: Bool {
        rest.map { !$0.contains { $0 == "/" || $0 == "?" } } ?? false
    }

    func check() throws(SettingRefusal) {
        guard let rest else { throw SettingRefusal("does not begin with postgresql://") }
        let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let places = parts[0].split(
            separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let isNamed = places.count > 1 && !places[1].isEmpty
        guard isNamed || (parts.count > 1 && parts[1].contains("dbname=")) else {
            throw SettingRefusal("names no database")
        }
        let hosts = places[0].split(separator: "@", omittingEmptySubsequences: false).last ?? ""
        for host in hosts.split(separator: ",") {
            // An IPv6 address has colons of its own, within brackets.
            let name = host.lastIndex(of: "]").map { host[$0...] } ?? host
            guard let colon = name.lastIndex(of: ":") else { continue }
            guard let port = UInt16(name[name.index(after: colon)...]), port > 0 else {
                throw SettingRefusal("has a port that is not a number from 1 to 65535")
            }
        }
    }
}

extension Substring {
    /// The text without the characters at both ends for which `isUnwanted` is true.
    fileprivate func trimming(while isUnwanted: (Character) -> Bool) -> Substring {
        var rest = drop(while: isUnwanted)
        while let last = rest.last, isUnwanted(last) { rest.removeLast() }
        return rest
    }
}
