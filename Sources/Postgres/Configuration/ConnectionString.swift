internal import CLibPQ

/// The settings a connection string names, as libpq understands it.
struct ConnectionString: Sendable {
    struct Setting: Sendable {
        var key: String
        var value: String
    }

    private(set) var settings: [Setting]

    /// Parses a URI (`postgresql://…`) or keyword form (`host=… dbname=…`).
    ///
    /// libpq's own message quotes what it could not read, which may be a piece of the password; so
    /// only what stands before the first quotation mark is passed on.
    init(parsing text: String) throws(PostgresError) {
        guard !text.utf8.contains(0) else {
            throw .invalidConfiguration("the connection string contains a NUL character")
        }
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(text, &message) else {
            let reason = message.map { String(cString: $0) } ?? "out of memory"
            PQfreemem(message)
            throw .invalidConfiguration(
                "the connection string cannot be parsed: \(Self.withoutQuotations(reason))")
        }
        defer { PQconninfoFree(options) }
        // SAFETY: the array ends with an option without a keyword, and is freed after the loop.
        settings = []
        var option = options
        while let key = option.pointee.keyword {
            if let value = option.pointee.val {
                settings.append(Setting(key: String(cString: key), value: String(cString: value)))
            }
            option += 1
        }
    }

    /// The value of a setting, nil if the string does not name it.
    subscript(key: String) -> String? {
        get { settings.first { $0.key == key }?.value }
        set {
            settings.removeAll { $0.key == key }
            if let newValue { settings.append(Setting(key: key, value: newValue)) }
        }
    }

    /// The keyword form, every value quoted.
    var keywordForm: String {
        settings.map { setting in
            let value = setting.value.map { character in
                character == "\\" || character == "'" ? "\\\(character)" : String(character)
            }
            return "\(setting.key)='\(value.joined())'"
        }
        .joined(separator: " ")
    }

    private static func withoutQuotations(_ message: String) -> String {
        if message.hasPrefix("missing \"=\" after") { return "an \"=\" is missing" }
        let open = message.prefix { $0 != "\"" && $0 != "\n" }
        return String(open.reversed().drop { $0 == " " || $0 == ":" }.reversed())
    }
}

extension ConnectionString {
    private static func list(_ text: String?) -> [String] {
        guard let text, !text.isEmpty else { return [] }
        return text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }

    /// One string for each host to try, in order.
    ///
    /// libpq walks along the hosts by itself, but a caller of its non-blocking interface cannot make
    /// it leave a host that does not answer; so each host gets an attempt, and a time limit, of its
    /// own. `prefer-standby` means two rounds: standbys first, then whoever is there.
    func attempts() throws(PostgresError) -> [ConnectionString] {
        let hosts = Self.list(self["host"])
        let addresses = Self.list(self["hostaddr"])
        let ports = Self.list(self["port"])
        let count = max(hosts.count, addresses.count, 1)
        for (name, values) in [("host", hosts), ("hostaddr", addresses)]
        where !values.isEmpty && values.count != count {
            throw .invalidConfiguration("\(values.count) values of \(name) for \(count) hosts")
        }
        guard ports.count <= 1 || ports.count == count else {
            throw .invalidConfiguration("\(ports.count) ports for \(count) hosts")
        }
        let each = (0..<count).map { index in
            var attempt = self
            if !hosts.isEmpty { attempt["host"] = hosts[index] }
            if !addresses.isEmpty { attempt["hostaddr"] = addresses[index] }
            if !ports.isEmpty { attempt["port"] = ports.count == 1 ? ports[0] : ports[index] }
            return attempt
        }
        guard self["target_session_attrs"] == "prefer-standby", count > 1 else { return each }
        return ["standby", "any"].flatMap { wanted in
            each.map { attempt in
                var attempt = attempt
                attempt["target_session_attrs"] = wanted
                return attempt
            }
        }
    }
}
