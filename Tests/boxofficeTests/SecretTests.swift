import BookingIngress
import BookingKeys
import Foundation
import Testing

@testable import boxoffice

@Suite("Secrets")
struct SecretTests {
    /// Runs `body` with a file of that text and mode.
    private static func withFile<Result>(
        _ text: String, mode: Int = 0o600, _ body: (String) throws -> Result
    ) throws -> Result {
        let path = FileManager.default.temporaryDirectory
            .appending(path: "secret-\(UUID().uuidString)").path
        try Data(text.utf8).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try body(path)
    }

    private static func without(_ setting: SettingDescription) -> Written {
        var written = Written()
        written.environment[setting.environmentVariable] = nil
        return written
    }

    static let secrets = Settings.all.filter(\.isSecret)

    @Test("Every setting with a secret in it may stand in a file of its own", arguments: secrets)
    func file(setting: SettingDescription) throws {
        let file = try #require(setting.file)
        let text = Written.complete[setting.environmentVariable] ?? Written.secret
        try Self.withFile("\(text)\n") { path throws in
            var written = Self.without(setting)
            written.environment[file.environmentVariable] = path
            #expect(try written.problems() == [])
            var flagged = Self.without(setting)
            flagged.flags[file.name] = path
            #expect(try flagged.problems() == [])
            var filed = Self.without(setting)
            filed.file = #"{"\#(file.name)": "\#(path)"}"#
            #expect(try filed.problems() == [])
        }
    }

    @Test("What stands in a file is what counts, without the line's end")
    func text() throws {
        try Self.withFile("\n  \(Written.secret)\r\n\n") { path throws in
            var written = Self.without(Settings.secret.description)
            written.flags["secret-file"] = path
            let expected = try Written().serve().secrets.ids
            #expect(try written.serve().secrets.ids == expected)
        }
    }

    @Test("A secret and a file for it contradict each other", arguments: secrets)
    func both(setting: SettingDescription) throws {
        let text = Written.complete[setting.environmentVariable] ?? Written.secret
        try Self.withFile(text) { path throws in
            var written = Written()
            written.flags[setting.name] = text
            written.flags["\(setting.name)-file"] = path
            #expect(
                try written.problems() == [
                    "\(setting.name), \(setting.name)-file: only one of them may be set"
                ])
        }
    }

    private func problem(of path: String) throws -> String {
        var written = Self.without(Settings.secret.description)
        written.environment["BOXOFFICE_SECRET_FILE"] = path
        let problems = try written.problems()
        #expect(problems.count == 1)
        let origin =
            "secret-file (environment variable BOXOFFICE_SECRET_FILE): \"\(path.prefix(60))\" "
        #expect(problems.first?.hasPrefix(origin) == true, "\(problems)")
        return String(problems.first?.dropFirst(origin.count) ?? "")
    }

    @Test("A file that is not there, or holds nothing, is told by its name")
    func badFiles() throws {
        #expect(try problem(of: "/nonexistent").hasPrefix("cannot be read: No such file"))
        #expect(try problem(of: "/tmp").hasPrefix("is a folder"))
        let empty = try Self.withFile(" \n") { try problem(of: $0) }
        #expect(empty.hasPrefix("is empty"))
        let large = try Self.withFile(String(repeating: "x", count: SecretFile.bytesMax + 1)) {
            try problem(of: $0)
        }
        #expect(large.hasPrefix("is larger than"))
    }

    @Test(
        "A file that others can read or change is refused",
        arguments: [
            (0o644, "may be read by everybody"), (0o604, "may be read by everybody"),
            (0o602, "may be changed by everybody"), (0o666, "may be changed by everybody"),
        ])
    func exposed(mode: Int, problem words: String) throws {
        let found = try Self.withFile(Written.secret, mode: mode) { try problem(of: $0) }
        #expect(found.hasPrefix(words))
    }

    @Test(
        "A file that only its owner, or its group, can read is taken",
        arguments: [0o400, 0o440, 0o640])
    func kept(mode: Int) throws {
        try Self.withFile(Written.secret, mode: mode) { path throws in
            let text = try SecretFile.read(path)
            #expect(text == Written.secret)
        }
    }

    @Test("A settings file with secrets in it that everybody can read is told to the log")
    func exposedSettings() throws {
        let text = #"{"secret": "\#(Written.secret)"}"#
        for (text, mode, count) in [
            (text, 0o644, 1), (text, 0o600, 0), (#"{"http-port": 1}"#, 0o644, 0),
        ] {
            try Self.withFile(text, mode: mode) { path throws in
                let reading = SettingReading(
                    command: "serve", line: SettingsLine(file: path), environment: [:])
                #expect(reading.warnings.count == count)
            }
        }
    }

    @Test(
        "What was not made by chance is no secret",
        arguments: [
            "${BOXOFFICE_SECRET_FROM_VAULT_HERE_32}", "{{ .Values.boxoffice.key | b64enc }}",
            "$(openssl rand -base64 32)..............", "<goes-here-at-least-32-bytes-long-please>",
            "boxoffice-development-do-not-use-anywhere", "Ch4nge-m3-to-something-long-and-secret",
            "qwertyuiopasdfghjklzxcvbnm1234567890", "zw\u{F6}lf Boxk\u{E4}mpfer jagen Viktor quer",
            "3141592653589793238462643383279502884197169399375105820974944592",
            "\u{FEFF}Zx4kP0qv9sLw2nB7yT1mRc8dGh3jKf5uA6eVoIiQtXs=",
            "change-me-to-what-openssl-rand-base64-32-prints",
            "replace-with-the-output-of-openssl-rand-hex-32",
            "this-is-an-example-of-a-secret-with-32-bytes",
            "CHANGEME0123456789abcdefghijklmnopqrstu",
            String(repeating: "a", count: 64), String(repeating: "x", count: 40),
            String(repeating: "5ecf", count: 16), String(repeating: "0", count: 63) + "1",
            "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOP", "correcthorsebatter,correcthorsebatter",
            "1234567890123456789012345678901234567890123456789012345678901234",
        ])
    func placeholders(text: String) throws {
        let problems = try Written(flags: ["secret": text]).problems()
        #expect(problems.count == 1)
        let problem = try #require(problems.first)
        #expect(problem.hasPrefix("secret (flag --secret): the value "))
        #expect(problem.hasSuffix("made by chance: 'openssl rand -base64 32' makes one"))
        #expect(!problem.contains(text))
    }

    @Test("What is made by chance always is one, in base64 and in hexadecimal digits")
    func chance() throws {
        for _ in 0..<2000 {
            let bytes = (0..<32).map { _ in UInt8.random(in: 0...255) }
            let digits = bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
                .joined()
            let fromDigits = try SettingValue.secret(digits)
            #expect(fromDigits == bytes)
            let base64 = Data(bytes).base64EncodedString()
            let fromBase64 = try SettingValue.secret(base64)
            #expect(fromBase64 == Array(base64.utf8))
        }
    }

    @Test("A secret of any characters that are printed is taken, brackets among them")
    func printed() throws {
        for text in [
            "k<9V${x2Qw!r7Zp>Lm#4sTn8Bc^1Yd%6Gf", "<k9Vx2Qw!r7Zp(Lm#4sTn8Bc^1Yd%6Gf)h",
            "a}9Vx2Qw!r{{Zp>Lm#4sTn8Bc^1Yd%6Gf)$",
        ] {
            #expect(try SettingValue.secret(text) == Array(text.utf8))
        }
    }

    @Test("One secret does for what has none of its own, and is not needed when all have")
    func secretsForEach() throws {
        let (one, two) = (
            "Zx4kP0qv9sLw2nB7yT1mRc8dGh3jKf5uA6eVoIiQtXs=",
            "m3Vt8QyLr0aXcW5jUz7hFb1kNpSg9dEo2TiKvRuBq4M="
        )
        var written = Written()
        written.environment["BOXOFFICE_TOKEN_SECRETS"] = "\(one), \(two)"
        var secrets = try written.serve().secrets
        #expect(secrets.tokens == SecretList([Array(one.utf8), Array(two.utf8)]))
        let single = try Written().serve().secrets.ids
        #expect(secrets.ids == single)
        written.environment["BOXOFFICE_SECRET"] = nil
        #expect(try written.problems().map { $0.prefix(16) } == ["secret: missing;"])
        written.environment["BOXOFFICE_ID_SECRETS"] = "\(two)\n\(one)\n"
        #expect(try written.problems().count == 1)
        written.environment["BOXOFFICE_BOOKING_SECRET"] = one
        secrets = try written.serve().secrets
        #expect(secrets.ids == SecretList([Array(two.utf8), Array(one.utf8)]))
        #expect(secrets.bookings == Array(one.utf8))
    }

    @Test(
        "A list of secrets has one to four, and none twice",
        arguments: [
            ("", "has no secret"), (",\n", "has no secret"),
            (
                Array(repeating: Written.secret, count: 2).joined(separator: ","),
                "has the same secret twice"
            ),
            (Array(repeating: Written.secret, count: 5).joined(separator: ","), "has 5 secrets"),
            ("\(Written.secret),short", "is too short"),
            ("\(Written.secret),\(String(repeating: "x", count: 40))", "was not"),
        ])
    func lists(text: String, problem: String) throws {
        let problems = try Written(flags: ["id-secrets": text]).problems()
        #expect(problems.count == 1)
        #expect(
            problems.first?.hasPrefix("id-secrets (flag --id-secrets): the value \(problem)")
                == true)
    }

    @Test(
        "A URL with an example's password is refused",
        arguments: [
            ("broker-url", "amqp://boxoffice_worker:change-me@rabbit/boxoffice"),
            ("directory-url", "postgresql://u:password@db/directory"),
            ("shard-urls", "postgresql://u:hunter2@db/a,postgresql://u:Change-Me@db/b"),
        ])
    func placeholderPasswords(name: String, url: String) throws {
        let problems = try Written(flags: [name: url]).problems()
        #expect(problems.count == 1)
        #expect(problems.first?.contains("a placeholder for the password") == true)
    }

    /// The Secrets of the example for Kubernetes: for each role the names of its files, and their texts.
    private static func manifests() throws -> [String: [String: String]] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "infra/kubernetes/secret.example.yaml")
        var secrets: [String: [String: String]] = [:]
        for document in try String(contentsOf: file, encoding: .utf8).split(separator: "---\n") {
            let name = try #require(document.firstMatch(of: /\n  name: boxoffice-(\w+)/)).1
            let data = document.split(separator: "stringData:\n").last ?? ""
            let folded = data.replacing(/>-\n +/, with: "").replacing(/,\n +/, with: ",")
            for line in folded.split(separator: "\n") {
                let parts = line.split(separator: ": ", maxSplits: 1)
                secrets[String(name), default: [:]][parts[0].trimmingCharacters(in: .whitespaces)] =
                    String(parts[1])
            }
        }
        return secrets
    }

    @Test(
        "The example for Kubernetes starts nothing as it is",
        arguments: [
            ("migrate", ["migrate"], 2), ("ingress", ["serve"], 5), ("worker", ["work"], 4),
            ("worker", ["scale", "--advise"], 2),
        ])
    func example(role: String, command: [String], placeholders: Int) async throws {
        let secrets = try #require(try Self.manifests()[role])
        #expect(secrets.count == (role == "ingress" ? 5 : role == "worker" ? 4 : 2))
        var environment: [String: String] = [:]
        for (name, text) in secrets {
            let path = FileManager.default.temporaryDirectory
                .appending(path: "secret-\(UUID().uuidString)").path
            try Data(text.utf8).write(to: URL(filePath: path))
            try FileManager.default.setAttributes([.posixPermissions: 0o440], ofItemAtPath: path)
            let variable = name.uppercased().replacing("-", with: "_")
            environment["BOXOFFICE_\(variable)_FILE"] = path
        }
        let run = try await BuiltProgram.run(command, environment: environment)
        for path in environment.values { try FileManager.default.removeItem(atPath: path) }
        #expect(run.status == ExitStatus.configuration.rawValue)
        #expect(run.error.matches(of: /a placeholder/).count == placeholders, "\(run.error)")
        #expect(!run.error.contains("change-me"))
    }

    @Test("A fleet gives its workers what is theirs, and nothing else of its environment")
    func fleet() {
        let environment = [
            "PATH": "/bin", "LC_ALL": "C", "PGSSLMODE": "require",
            "AWS_SECRET_ACCESS_KEY": "hunter1",
            "BOXOFFICE_SECRET": "hunter2", "BOXOFFICE_SECRET_FILE": "/a",
            "BOXOFFICE_BROKER_URL": "amqp://mine", "BOXOFFICE_SHARD_URLS_FILE": "/b",
            "BOXOFFICE_HTTP_PORT": "1", "BOXOFFICE_TEST_POSTGRES_URL": "hunter3",
            "BOXOFFICE_LOG_LEVEL": "info", "BOXOFFICE_WORKERS_MAX": "3", "SUDO_USER": "me",
        ]
        let line = SettingsLine(
            values: ["broker-url": "amqp://flag", "workers-max": "2", "directory-url-file": "/c"],
            file: "/d")
        #expect(
            WorkerEnvironment.filtered(environment, adding: line) == [
                "PATH": "/bin", "LC_ALL": "C", "PGSSLMODE": "require",
                "BOXOFFICE_BROKER_URL": "amqp://flag", "BOXOFFICE_SHARD_URLS_FILE": "/b",
                "BOXOFFICE_DIRECTORY_URL_FILE": "/c", "BOXOFFICE_LOG_LEVEL": "info",
                "BOXOFFICE_CONFIG": "/d",
            ])
    }
}
