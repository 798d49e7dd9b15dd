import BookingIngress
import AMQP
import BookingKeys
import Logging
import Postgres
import Testing

@testable import boxoffice

@Suite("The settings")
struct SettingsTests {
    @Test("What must be set is enough; all else has its default")
    func defaults() throws {
        let settings = try Written().serve()
        #expect(settings.http == Endpoint(host: "127.0.0.1", port: 8080, portFlag: "--http-port"))
        #expect(settings.management.port == 8081)
        #expect(settings.tokenLifetime == .seconds(12 * 3600))
        #expect(settings.requestTimeout == .seconds(5))
        #expect(settings.directoryConnections == 4)
        #expect(settings.shardConnections == 4)
        #expect(settings.connectionsMax == 16_000)
        #expect(settings.passwordThreads == 2)
        #expect(settings.drainTimeout == .seconds(20))
        #expect(settings.log.level == .info)
        #expect(settings.log.format == .text)
        #expect(settings.shards.count == 2)
        #expect(settings.broker.virtualHost == "tickets")
        #expect(settings.secrets.bookings.count == 32)
        #expect(settings.secrets.bookings.prefix(2) == [0x5E, 0xCF])
        #expect(settings.secrets.tokens == SecretList(settings.secrets.bookings))
        #expect(settings.secrets.ids == settings.secrets.tokens)
    }

    @Test("A worker has a port and a name of its own")
    func workerDefaults() throws {
        var reading = SettingReading(
            command: "work", line: SettingsLine(), environment: Written.complete)
        let settings = try WorkSettings(&reading)
        #expect(settings.management.port == 8082)
        #expect(settings.name == ProcessIdentity.name)
        _ = try SettingValue.name(settings.name)
    }

    @Test("Every default is a value that may be written")
    func writtenDefaults() throws {
        let defaults = Settings.all.filter { $0.fallback != nil && $0.name != "worker-name" }
        let writable = defaults.filter { $0.name != "management-port" }
        var flags: [String: String] = [:]
        for setting in writable where !setting.isSecret { flags[setting.name] = setting.fallback }
        #expect(flags.count >= 12)
        #expect(try Written(flags: flags).problems() == [])
    }

    @Test(
        "A flag counts more than the environment, and that more than the file",
        arguments: [
            (["file"], 1003), (["environment", "file"], 1002),
            (["flag", "environment", "file"], 1001), (["flag", "file"], 1001),
        ])
    func precedence(places: [String], port: Int) throws {
        var written = Written()
        if places.contains("flag") { written.flags["http-port"] = "1001" }
        if places.contains("environment") { written.environment["BOXOFFICE_HTTP_PORT"] = "1002" }
        if places.contains("file") { written.file = #"{"http-port": 1003}"# }
        #expect(try written.serve().http.port == port)
    }

    @Test("Only the place that counts has to be right")
    func overriddenProblem() throws {
        let written = Written(
            flags: ["http-port": "1001"],
            environment: Written.complete.merging(["BOXOFFICE_HTTP_PORT": "x"]) { $1 })
        #expect(try written.serve().http.port == 1001)
    }

    @Test(
        "A bad value never becomes the default", arguments: ["", " 8080", "eighty", "65536", "-1"])
    func noSilentDefault(text: String) throws {
        var written = Written()
        written.environment["BOXOFFICE_HTTP_PORT"] = text
        let problems = try written.problems()
        #expect(problems.count == 1)
        #expect(
            problems.first?.hasPrefix(
                "http-port (environment variable BOXOFFICE_HTTP_PORT): \"\(text)\" is ") == true)
        #expect(problems.first?.hasSuffix("allowed: 0 to 65535, 0 for any that is free") == true)
    }

    @Test(
        "Texts that are refused, each with the setting's name",
        arguments: [
            ("http-host", "http://host"), ("http-host", ""), ("http-host", "256.1.1.1"),
            ("http-host", "1.2.3"), ("http-host", ":::1"), ("token-lifetime", "12"),
            ("token-lifetime", "12 h"), ("token-lifetime", "59s"), ("token-lifetime", "31d"),
            ("token-lifetime", "999999999d"), ("request-timeout", "0s"),
            ("request-timeout", "99ms"), ("shard-connections", "2"),
            ("shard-connections", "99999999999999999999"), ("directory-connections", "1"),
            ("drain-timeout", "11m"), ("log-level", "INFO"), ("log-level", "loud"),
            ("log-format", "xml"), ("management-port", "x"), ("directory-url", ""),
            ("directory-url", "host=db"), ("directory-url", "postgresql://db:port/x"),
            ("shard-urls", ""), ("shard-urls", "postgresql://a/x,"),
            ("directory-url", "postgresql://db"), ("directory-url", "postgresql://[::1]:0/x"),
            ("shard-urls", "postgresql://a/x,b/y"), ("shard-urls", "postgresql://a,postgresql://b"),
            ("shard-urls", "mysql://a/x"), ("shard-urls", "postgresql://a/x,postgresql://a/x"),
            ("broker-url", "http://broker"), ("broker-url", "amqp://broker:0"),
            ("secret", "short"), ("secret", String(repeating: "a", count: 62)),
            ("secret", String(repeating: "a", count: 65)),
        ])
    func refused(name: String, text: String) throws {
        let problems = try Written(flags: [name: text]).problems()
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix("\(name) (flag --\(name)): ") == true)
    }

    @Test("Two connections to the directory are needed, since one listens, and three to a shard")
    func fewestConnections() throws {
        for (name, fewest) in [("directory-connections", 2), ("shard-connections", 3)] {
            #expect(try Written(flags: [name: "\(fewest)"]).problems() == [])
            let problems = try Written(flags: [name: "\(fewest - 1)"]).problems()
            let problem = try #require(problems.first)
            #expect(problem.contains("\"\(fewest - 1)\""))
            #expect(problem.hasSuffix("allowed: \(fewest) to 100"))
        }
    }

    @Test(
        "Times have a unit",
        arguments: [
            ("60s", Duration.seconds(60)), ("90000ms", .seconds(90)), ("2m", .seconds(120)),
            ("1h", .seconds(3600)), ("30d", .seconds(2_592_000)),
        ])
    func durations(text: String, duration: Duration) throws {
        #expect(try Written(flags: ["token-lifetime": text]).serve().tokenLifetime == duration)
    }

    private static let bytes: [UInt8] = [
        3, 10, 31, 66, 115, 178, 4, 95, 200, 68, 201, 97, 7, 182, 120, 72,
        38, 18, 12, 20, 42, 78, 128, 192, 19, 111, 217, 86, 220, 117, 28, 204,
    ]

    @Test(
        "A secret is hexadecimal digits for bytes, or any text for its own bytes",
        arguments: [
            (
                "030A1F4273B2045FC844C96107B6784826120C142A4E80C0136FD956DC751CCC",
                SettingsTests.bytes
            ),
            (
                "zwölf-Boxkämpfer-jagen-Viktor-quer",
                Array("zwölf-Boxkämpfer-jagen-Viktor-quer".utf8)
            ),
        ])
    func secrets(text: String, bytes: [UInt8]) throws {
        #expect(try Written(flags: ["secret": text]).serve().secrets.bookings == bytes)
    }

    @Test("A shard's URL may name several hosts with commas")
    func shardsWithSeveralHosts() throws {
        let urls =
            "postgresql://a:1,b:2/shard0?connect_timeout=2, postgres://c,[::1]:3/shard1,"
            + "postgresql:///shard2?host=/run/postgresql"
        let shards = try Written(flags: ["shard-urls": urls]).serve().shards
        #expect(
            shards.map(\.connectionString) == [
                "postgresql://a:1,b:2/shard0?connect_timeout=2", "postgres://c,[::1]:3/shard1",
                "postgresql:///shard2?host=/run/postgresql",
            ])
    }

    @Test("Every problem is listed, of every source")
    func allProblems() throws {
        let written = Written(
            flags: ["http-port": "x"],
            environment: ["BOXOFFICE_LOG_LEVEL": "loud", "BOXOFFICE_SECRET": "hunter4"],
            file: #"{"broker-url": 7, "drain-timeout": true, "drain-timout": "1s"}"#)
        let problems = try written.problems().map { $0.prefix { $0 != ":" && $0 != "(" } }
        #expect(
            Set(problems) == [
                "drain-timeout ", "drain-timout ", "log-level ", "directory-url", "shard-urls",
                "broker-url ", "secret ", "http-port ",
            ])
        #expect(problems.count == 8)
    }

    @Test("No secret and no password is ever printed")
    func secretsStaySecret() throws {
        let written = Written(
            flags: ["secret": "hunter4"],
            environment: [
                "BOXOFFICE_DIRECTORY_URL": "postgresql://app:hunter5@db:x/directory",
                "BOXOFFICE_BROKER_URL": "amqp://app:hunter6@broker:x/",
            ],
            file: #"{"shard-urls": ["postgresql://app:hunter7@db/a", "nonsense://hunter8"]}"#)
        let problems = try written.problems()
        #expect(problems.count == 4)
        #expect(!problems.joined().contains("hunter"))
    }

    @Test("Environment variables that look like settings and are none are told, with a guess")
    func unknownVariables() {
        let warnings = UnknownVariables.warnings(in: [
            "BOXOFFICE_HTP_PORT": "1", "BOXOFFICE_ZZZZZZZZZZ": "hunter2", "PATH": "/bin",
            "BOXOFFICE_TEST_POSTGRES": "x", "BOXOFFICE_BIN": "x", "BOXOFFICE_CONFIG": "x",
            "BOXOFFICE_HTTP_PORT": "1",
        ])
        #expect(
            warnings == [
                "there is no environment variable BOXOFFICE_HTP_PORT; "
                    + "did you mean BOXOFFICE_HTTP_PORT?",
                "there is no environment variable BOXOFFICE_ZZZZZZZZZZ",
            ])
    }

    @Test("The table has a row for each setting, with its environment variable")
    func table() {
        let rows = SettingsTable.text.split(separator: "\n").dropFirst(2)
        #expect(rows.count == Settings.all.count)
        for (row, setting) in zip(rows, Settings.all) {
            let words = [setting.name, setting.environmentVariable].map { name in
                "`\(name)`" + (setting.isSecret ? ", `\(name)" : " ")
            }
            #expect(row.hasPrefix("| \(words[0])"))
            #expect(row.contains(" | \(words[1])"))
            #expect(row.split(separator: "|").count == 5)
        }
        #expect(Set(Settings.all.map(\.name)).count == Settings.all.count)
    }
}
