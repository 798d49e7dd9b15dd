import BookingTestSupport
import Foundation
import Testing

@testable import boxoffice

@Suite("The operator's commands", .timeLimit(.minutes(2)))
struct OperatorCommandTests {
    private static let event = "01990000-0000-7000-8000-000000000001"
    private static let nowhere = [
        "BOXOFFICE_DIRECTORY_URL": "postgresql://app:hunter2@127.0.0.1:1/directory",
        "BOXOFFICE_SHARD_URLS": "postgresql://app:hunter2@127.0.0.1:1/shard0",
        "BOXOFFICE_BROKER_URL": "amqp://app:hunter2@127.0.0.1:1",
        "BOXOFFICE_BROKER_METRICS_URLS": "http://127.0.0.1:1",
    ]

    @Test(
        "A command line that cannot be understood ends it with status 2 and says why",
        arguments: [
            (["pause"], "One of --event and --shard must be given, and not both."),
            (["resume", "--event", event, "--shard", "1"], "and not both."),
            (["pause", "--event", "x"], "It is no event's id."),
            (["pause", "--shard", "4096"], "It is no shard's number: they are 0 to 4095."),
            (["pause", "--shard", "-1"], "It is no shard's number: they are 0 to 4095."),
            (["pause", "--shard", "0", "--sahrd-urls", "x"], "did you mean --shard-urls?"),
            (["shards", "--jsno"], "--jsno: there is no such flag"),
            (["dead", "list", "--limit", "0"], "--limit must be from 1 to 65535."),
            (["dead", "list", "--limit", "many"], "many"),
            (["dead", "show"], "Missing expected argument '<letter>'"),
            (["dead", "show", "0"], "It is no letter's id, and no place counted from 1."),
            (["dead", "show", "1", "2"], "2: an argument that nothing expects"),
            (["dead", "replay"], "A letter or --all must be given, and not both."),
            (["dead", "discard", "1", "--all", "--yes"], "and not both."),
            (["dead", "discard", "--all"], "say --yes as well."),
            (["dead", "bury"], "bury"),
        ])
    func usage(arguments: [String], message: String) async throws {
        let run = try await BuiltProgram.run(arguments)
        #expect(run.status == 2, "\(run.error)")
        #expect(run.output.isEmpty)
        #expect(run.error.contains(message), "\(run.error)")
    }

    @Test(
        "Each has help with an example",
        arguments: [
            ["shards"], ["pause"], ["resume"], ["dead"], ["dead", "list"], ["dead", "show"],
            ["dead", "replay"], ["dead", "discard"],
        ])
    func help(command: [String]) async throws {
        let run = try await BuiltProgram.run(command + ["--help"])
        #expect(run.status == 0)
        #expect(run.output.contains("USAGE: boxoffice \(command.joined(separator: " "))"))
        #expect(run.output.contains("Example"))
    }

    @Test(
        "What is out of reach ends it with status 1 and is named, without a password",
        arguments: [
            ["shards"], ["pause", "--shard", "0"], ["resume", "--event", event],
            ["dead", "list"], ["dead", "replay", "--all"], ["dead", "discard", "1", "--yes"],
        ])
    func outOfReach(arguments: [String]) async throws {
        let run = try await BuiltProgram.run(arguments, environment: Self.nowhere)
        #expect(run.status == 1)
        #expect((run.output + run.error).contains("127.0.0.1"))
        #expect(!(run.output + run.error).contains("hunter2"))
    }

    @Test("What repeats itself ends when nobody reads it any more")
    func brokenPipe() async throws {
        let pipeline = #""$0" shards --watch --json | head -n 1; echo "${PIPESTATUS[0]}""#
        let (_, run) = try await BuiltProgram.start(
            ["-c", pipeline, BuiltProgram.path()], environment: Self.nowhere,
            executable: "/bin/bash"
        ) { _ in }
        let lines = run.output.split(separator: "\n")
        #expect(lines.count == 2, "\(run.output)")
        // As SIGPIPE ends a program.
        #expect(lines.last == "141")
        #expect(run.error.isEmpty, "\(run.error)")
    }

    @Test("What does not exist cannot be paused")
    func unknown() async throws {
        try await TestDatabases.with(shards: 1) { databases in
            let environment = ["BOXOFFICE_SHARD_URLS": databases.shardURLs.joined(separator: ",")]
            for (arguments, name) in [
                (["--event", Self.event], "event \(Self.event)"), (["--shard", "1"], "shard 1"),
            ] {
                let run = try await BuiltProgram.run(
                    ["pause"] + arguments, environment: environment)
                #expect(run.status == 1)
                #expect(run.error == "boxoffice: there is no \(name)\n")
            }
        }
    }

    @Test("Pausing twice and resuming twice says each time how it stands")
    func pausing() async throws {
        try await TestDatabases.with(shards: 1) { databases in
            let environment = ["BOXOFFICE_SHARD_URLS": databases.shardURLs.joined(separator: ",")]
            for (command, answer) in [
                ("pause", "shard 0 is paused; bookings are accepted and wait.\n"),
                ("pause", "shard 0 was already paused; bookings are accepted and wait.\n"),
                ("resume", "shard 0 goes on; what has waited is decided in order.\n"),
                ("resume", "shard 0 was not paused.\n"),
            ] {
                let run = try await BuiltProgram.run(
                    [command, "--shard", "0"], environment: environment)
                #expect(run.status == 0)
                #expect(run.output == answer)
                #expect(run.error.isEmpty)
            }
        }
    }

    @Test("The shards that answer are shown beside those that do not")
    func someShards() async throws {
        try await TestDatabases.with(shards: 1) { databases in
            var environment = Self.nowhere
            environment["BOXOFFICE_DIRECTORY_URL"] = databases.directoryURL
            environment["BOXOFFICE_SHARD_URLS"] =
                databases.shardURLs[0] + ",postgresql://app:hunter2@127.0.0.1:1/shard1"
            let run = try await BuiltProgram.run(["shards", "--json"], environment: environment)
            #expect(run.status == 1)
            #expect(run.error.isEmpty)
            #expect(run.output.contains(#"{"shard":0,"state":"free","owner":null,"epoch":0,"#))
            #expect(run.output.contains(#"{"shard":1,"state":"unknown"}"#))
            #expect(run.output.contains(#""workers":[]"#))
            #expect(!run.output.contains("hunter2"))
        }
    }

    @Test("A text from a message cannot steer the terminal")
    func printable() {
        #expect("a\u{1B}[2J\tb\u{202E}c\n".printable == "a\\u{1b}[2J\\u{9}b\\u{202e}c\n")
        #expect("Größe – ✓".printable == "Größe – ✓")
    }
}
