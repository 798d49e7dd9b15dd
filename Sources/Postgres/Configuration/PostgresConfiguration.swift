/// Where the server is, who connects, and how long anything may take.
public struct PostgresConfiguration: Sendable {
    /// Where to connect, as a URI (`postgresql://…`) or in keywords (`host=… dbname=…`).
    ///
    /// It is [libpq that reads it](https://www.postgresql.org/docs/15/libpq-connect.html).
    /// Several hosts are tried in order; `target_session_attrs=read-write` finds the primary.
    public var connectionString: String

    /// The name under which the server lists the connection.
    public var applicationName: String

    /// How long opening a connection may take, all hosts together.
    ///
    /// Each of them gets an equal share of what is left when its turn comes. The resolution of names
    /// alone is not bounded by it.
    public var connectTimeout: Duration = .seconds(3)

    /// How long the answer to a call may take, the wait for its turn on the connection included.
    ///
    /// On expiry the connection is closed, because nobody knows what the server still does with it.
    public var queryTimeout: Duration = .seconds(5)

    /// How long sent data may stay unacknowledged before the kernel gives up on the connection.
    public var tcpUserTimeout: Duration = .seconds(3)

    /// Settings of each session, for instance `lock_timeout: 1s`.
    public var sessionSettings: [String: String] = [:]

    /// Checks the connection string; the error never shows the password.
    public init(connectionString: String, applicationName: String) throws(PostgresError) {
        self.connectionString = connectionString
        self.applicationName = applicationName
        _ = try attempts()
    }
}

extension PostgresConfiguration: CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// Host, port, database and application, without the password.
    public var description: String {
        let string = try? ConnectionString(parsing: connectionString)
        let shown = ["host", "hostaddr", "port", "dbname", "user"].compactMap { key in
            string?[key].map { "\(key)=\($0)" }
        }
        return (shown + ["application_name=\(applicationName)"]).joined(separator: " ")
    }

    /// The same as ``description``.
    public var debugDescription: String { description }

    /// Shows ``description`` only, so that `dump` prints no password either.
    public var customMirror: Mirror {
        Mirror(self, children: ["description": description])
    }
}

extension PostgresConfiguration {
    /// A dead peer of an idle connection is found after these, in seconds and probes, unless the
    /// connection string says otherwise; the system's default is two hours.
    private static let keepalives = [
        "keepalives_idle": "10", "keepalives_interval": "3", "keepalives_count": "3",
    ]

    /// What to hand to libpq, one string for each host to try.
    func attempts() throws(PostgresError) -> [ConnectionString] {
        var string = try ConnectionString(parsing: connectionString)
        string["application_name"] = applicationName
        string["client_encoding"] = "UTF8"
        string["tcp_user_timeout"] = String(max(1, tcpUserTimeout.milliseconds))
        for (key, value) in Self.keepalives where string[key] == nil { string[key] = value }
        let options = try [string["options"]].compactMap { $0 } + sessionOptions()
        string["options"] = options.isEmpty ? nil : options.joined(separator: " ")
        for setting in string.settings where setting.value.utf8.contains(0) {
            throw .invalidConfiguration("the value of \(setting.key) contains a NUL character")
        }
        return try string.attempts()
    }

    /// `-c name=value` for each session setting, escaped as the server's `pg_split_opts` reads it.
    private func sessionOptions() throws(PostgresError) -> [String] {
        var options: [String] = []
        for (name, value) in sessionSettings.sorted(by: { $0.key < $1.key }) {
            let isName = name.utf8.allSatisfy { byte in
                Character(UnicodeScalar(byte)).isLetter && byte < 0x80
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
            }
            guard isName, !name.isEmpty else {
                throw .invalidConfiguration("a session setting has no valid name")
            }
            let escaped = value.unicodeScalars.map { scalar in
                scalar == "\\" || scalar.properties.isWhitespace ? "\\\(scalar)" : String(scalar)
            }
            options.append("-c \(name)=\(escaped.joined())")
        }
        return options
    }
}

extension Duration {
    /// Whole milliseconds, rounded up; at most what fits the system's calls.
    var milliseconds: Int32 {
        let (seconds, attoseconds) = components
        guard seconds < Int64(Int32.max) / 1000 else { return .max }
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let perMillisecond: Int64 = 1_000_000_000_000_000
        return Int32(seconds * 1000 + (attoseconds + perMillisecond - 1) / perMillisecond)
    }
}
