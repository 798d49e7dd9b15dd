import Testing

@testable import boxoffice

@Suite("The settings file")
struct SettingsFileTests {
    @Test("A file may hold everything, with numbers and lists as JSON has them")
    func everything() throws {
        let settings = try Written(
            environment: [:],
            file: """
                {
                  "directory-url": "postgresql://db/directory",
                  "shard-urls": ["postgresql://db/shard0", "postgresql://a,b/shard1"],
                  "broker-url": "amqp://broker",
                  "secret": "\(Written.secret)",
                  "http-port": 9000,
                  "log-format": "json",
                  "token-lifetime": "1h"
                }
                """
        ).serve()
        #expect(settings.shards.count == 2)
        #expect(settings.http.port == 9000)
        #expect(settings.log.format == .json)
        #expect(settings.tokenLifetime == .seconds(3600))
    }

    @Test(
        "A file that is no object of settings is one problem, and nothing counts as missing",
        arguments: ["", "[]", "8080", #"{"http-port": 1"#, #"{"a": 1, "a": 2}"#])
    func malformed(text: String) throws {
        let problems = try Written(environment: [:], file: text).problems()
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix("config (file ") == true)
    }

    @Test("A file that is not there is a problem, whoever named it", arguments: [true, false])
    func absent(byFlag: Bool) {
        var environment = Written.complete
        environment["BOXOFFICE_CONFIG"] = byFlag ? nil : "/nowhere/settings.json"
        var reading = SettingReading(
            command: "serve",
            line: SettingsLine(file: byFlag ? "/nowhere/settings.json" : nil),
            environment: environment)
        #expect(throws: SettingsError.self) { _ = try ServeSettings(&reading) }
        #expect(
            reading.problems.map(\.description) == [
                "config (file /nowhere/settings.json): it cannot be read"
            ])
    }

    @Test("An unknown member is a problem, with a guess")
    func unknownMember() throws {
        let problems = try Written(file: #"{"htp-port": 1, "qqqqqqqqqqqq": 2}"#).problems()
        #expect(problems.count == 2)
        #expect(problems[0].hasPrefix("htp-port (file "))
        #expect(
            problems[0].hasSuffix(": there is no such setting; did you mean http-port?"))
        #expect(problems[1].hasSuffix(": there is no such setting"))
    }

    @Test(
        "A value of a kind that no setting has is a problem",
        arguments: ["true", "null", "1.5", "{}", "[1]"])
    func badKind(value: String) throws {
        let problems = try Written(file: #"{"http-port": \#(value)}"#).problems()
        #expect(problems.count == 1)
        #expect(problems.first?.contains("is neither a string nor a whole number") == true)
    }
}
