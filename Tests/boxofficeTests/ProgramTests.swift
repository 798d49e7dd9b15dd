import Foundation
import Testing

@testable import boxoffice

@Suite("The program", .timeLimit(.minutes(2)))
struct ProgramTests {
    static let commands = [
        "serve", "work", "scale", "shards", "dead", "pause", "resume", "migrate", "drill",
        "load", "settings",
    ]

    @Test("It tells its version, the commit it was built from, and what it works with")
    func version() async throws {
        let run = try await BuiltProgram.run(["--version"])
        #expect(run.status == 0)
        #expect(run.output == ProgramVersion.text + "\n")
        let pattern = /boxoffice \d+\.\d+\.\d+ \(commit ([0-9a-f]{12}(-dirty)?|unknown)\)/
        #expect(run.output.prefixMatch(of: pattern) != nil, "\(run.output)")
        #expect(run.output.contains("\nschema: directory "))
        #expect(run.output.contains("\nmessages: booking.commands.v1, booking.outcomes.v1;"))
        #expect(run.error.isEmpty)
    }

    @Test("Its help names every command and the exit status")
    func help() async throws {
        let run = try await BuiltProgram.run(["--help"])
        #expect(run.status == 0)
        for command in Self.commands { #expect(run.output.contains("\n  \(command) ")) }
        #expect(run.output.contains("\n  78   the settings cannot be used"))
    }

    @Test("Every command has help with an example or what it prints", arguments: commands)
    func commandHelp(command: String) async throws {
        let run = try await BuiltProgram.run([command, "--help"])
        #expect(run.status == 0)
        #expect(run.output.contains("USAGE: boxoffice \(command)"))
        #expect(run.output.contains("Example") || command == "settings")
    }

    @Test("Together the commands take every setting, as flag and environment variable")
    func everySetting() async throws {
        var help = ""
        for command in ["serve", "work", "scale", "migrate"] {
            help += try await BuiltProgram.run([command, "--help"]).output
        }
        let words = help.split { !$0.isLetter && !$0.isNumber && $0 != "-" && $0 != "_" }
        for setting in Settings.all {
            #expect(words.contains { $0 == setting.flag }, "\(setting.name)")
            #expect(words.contains { $0 == setting.environmentVariable }, "\(setting.name)")
        }
    }

    @Test("Every flag of a setting is read", arguments: ["serve", "work", "scale", "migrate"])
    func everyFlagIsRead(command: String) async throws {
        let help = try await BuiltProgram.run([command, "--help"]).output
        let settings = Settings.all.filter { help.contains("\n  \($0.flag) <") }
        #expect(settings.count >= 4)
        // An empty text is wrong for each of them, and so each is named as a problem.
        let run = try await BuiltProgram.run([command] + settings.flatMap { [$0.flag, ""] })
        #expect(run.status == 78)
        for setting in settings {
            #expect(run.error.contains("\n  - \(setting.name) (flag \(setting.flag)): "))
        }
    }

    @Test(
        "Missing settings end it with status 78, each named", arguments: ["serve", "work", "scale"])
    func missingSettings(command: String) async throws {
        let run = try await BuiltProgram.run([command])
        #expect(run.status == 78)
        #expect(run.output.isEmpty)
        for name in ["shard-urls", "broker-url"] {
            #expect(run.error.contains("\n  - \(name): missing; set --\(name), BOXOFFICE_"))
        }
        #expect(run.error.contains("See 'boxoffice \(command) --help'"))
    }

    @Test("An unknown flag ends it with status 2, and the other problems are listed too")
    func unknownFlag() async throws {
        let run = try await BuiltProgram.run([
            "serve", "--htp-port", "hunter2", "--log-level", "loud", "extra",
        ])
        #expect(run.status == 2)
        #expect(
            run.error.contains(
                "--htp-port: there is no such flag; did you mean --http-port?"))
        #expect(run.error.contains("log-level (flag --log-level): \"loud\" is none of them"))
        #expect(run.error.contains("extra: an argument that nothing expects"))
        #expect(run.error.contains("secret: missing"))
        #expect(!run.error.contains("hunter2"))
    }

    @Test(
        "A command line that cannot be understood ends it with status 2",
        arguments: [
            ["serv"], ["--nonsense"], ["serve", "--http-port"], ["drill", "--seats", "many"],
            ["drill", "--seats", "0"], ["drill", "--url", "ftp://x"],
            ["drill", "--latency", "5", "--same-key", "5"], ["load", "--style", "push"],
            ["load", "--users", "0"], ["load", "--rate", "nan"], ["load", "--duration", "inf"],
            ["load", "--url", "https://x"],
        ])
    func usage(arguments: [String]) async throws {
        let run = try await BuiltProgram.run(arguments)
        #expect(run.status == 2)
        #expect(run.output.isEmpty)
        #expect(run.error.hasPrefix("Error: "))
    }

    @Test("A mistyped environment variable is warned of")
    func mistypedVariable() async throws {
        let run = try await BuiltProgram.run(
            ["migrate"], environment: ["BOXOFFICE_SHARD_URL": "hunter2"])
        #expect(run.status == 78)
        #expect(
            run.error.hasPrefix(
                "boxoffice: warning: there is no environment variable BOXOFFICE_SHARD_URL; "
                    + "did you mean BOXOFFICE_SHARD_URLS?\n"))
        #expect(!run.error.contains("hunter2"))
    }

    @Test("A migration without databases fails, names each of them, and shows no password")
    func migrateNowhere() async throws {
        let run = try await BuiltProgram.run(
            ["migrate"],
            environment: [
                "BOXOFFICE_DIRECTORY_URL": "postgresql://app:hunter2@127.0.0.1:1/directory",
                "BOXOFFICE_SHARD_URLS": "postgresql://app:hunter2@127.0.0.1:1/shard0",
            ])
        #expect(run.status == 1)
        for (name, database) in [("directory", "directory"), ("shard 0", "shard0")] {
            #expect(
                run.output.contains(
                    "\(name) (host=127.0.0.1 port=1 dbname=\(database) user=app "))
        }
        #expect(run.error.hasSuffix("\nboxoffice: 2 of 2 databases could not be migrated\n"))
        #expect(!(run.output + run.error).contains("hunter2"))
    }

    @Test("A drill against nobody fails and says so")
    func drillNowhere() async throws {
        let run = try await BuiltProgram.run([
            "drill", "--url", "http://127.0.0.1:1", "--patience", "1",
        ])
        #expect(run.status == 1)
        #expect(run.error.hasPrefix("boxoffice: the drill could not be done: "))
    }

    @Test("A load on nobody fails and says so")
    func loadNowhere() async throws {
        let run = try await BuiltProgram.run(["load", "--url", "http://127.0.0.1:1"])
        #expect(run.status == 1)
        #expect(run.error.hasPrefix("boxoffice: the load could not be done: "))
    }
}
