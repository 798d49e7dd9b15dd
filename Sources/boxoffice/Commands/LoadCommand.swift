import ArgumentParser
import BookingLoad
import FoundationEssentials
import Logging

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// `boxoffice load`: how much a running system bears, and how long it takes.
struct LoadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Put load on a running Boxoffice and measure what it bears.",
        discussion: """
            Creates accounts and events over the public API and books for a while, over as many \
            connections as there are users. Without --rate each user sends the next request when \
            the last was answered (closed loop). With --rate so many requests a second fall due, \
            whatever becomes of those before them (open loop), and latencies count from when a \
            request was due, not from when a connection was free for it. It reads no settings, \
            only its flags, and speaks plain HTTP.

            Answers of 409 are outcomes, those of 429 and 503 refusals, after which a user of the \
            closed loop waits as long as Retry-After says. The report says when it was the limits of \
            accounts or addresses (429) that set the rate: more --buyers help then. To a server on \
            this machine, connections come from many addresses of 127.0.0.0/8. In the end everything accepted is \
            waited for; what never gets an outcome is lost. Ctrl-C ends it early, with the report of what was \
            measured until then. Its buyers' accounts are removed; its events are in no public list.

            Examples:
              boxoffice load --users 200 --duration 60
              boxoffice load --rate 2000 --users 500 --style poll
              boxoffice load --url http://127.0.0.1:8080 --url http://127.0.0.1:8090 --users 10000
              boxoffice load --events 100 --zipf 1.1 --reads 0.8
              boxoffice load --rate 500 --json load.json --html load.html

            Exit status:
              0    it was done, and nothing was lost
              1    something was lost, nothing was decided, or it could not be done
              2    the command line cannot be understood
            """)

    @Option(name: .customLong("url"), help: "An ingress to send to; may be repeated.")
    var urls: [String] = []

    @Option(help: "Connections, each with one request under way at most.")
    var users = 100

    @Option(help: "Requests a second; without it each user sends on when answered.")
    var rate: Double?

    @Option(help: "Seconds that are counted.")
    var duration = 30.0

    @Option(help: "Seconds before that, which are not.")
    var warmup = 3.0

    @Option(help: "How outcomes are learnt: 'wait' for them with the POST, or 'poll' after a 202.")
    var style = Style.wait

    @Option(help: "Seconds to ask for with 'Prefer: wait'.")
    var wait = 30

    @Option(help: "Events to book.")
    var events = 1

    @Option(help: "Skew over the events: the exponent of Zipf's law; 0 for none.")
    var zipf = 0.0

    @Option(help: "Share of the requests that look at an event instead of booking, 0 to 1.")
    var reads = 0.0

    @Option(
        help: """
            Accounts that book; the connections share them. As many as the rate needs so that nobody meets \
            the limits of an account; without --rate two a user, 400 at most.
            """)
    var buyers: Int?

    @Option(help: "Places of each event.")
    var capacity = 10_000_000

    @Option(help: "Seconds to wait in the end for outcomes, before they count as lost.")
    var patience = 60.0

    @Option(name: .customLong("json"), help: "A file to write everything to as JSON.")
    var jsonFile: String?

    @Option(name: .customLong("html"), help: "A file to write a page with charts to.")
    var htmlFile: String?

    /// ``LoadStyle`` as the command line has it.
    enum Style: String, ExpressibleByArgument, CaseIterable {
        case wait, poll
    }

    func validate() throws {
        let problems = loadConfiguration.problems
        guard problems.isEmpty else {
            throw ValidationError(problems.map { "--\($0)" }.joined(separator: "\n"))
        }
    }

    func run() async throws {
        LogSettings(level: .warning, format: .text).bootstrap(
            environment: ProcessInfo.processInfo.environment)
        let files = Running.raiseFileLimit()
        guard users + LoadLimits.otherFilesMax <= files else {
            throw CommandFailure(
                "\(users) users need as many open files, and the system allows \(files)")
        }
        // What cannot be kept should not be measured first.
        for file in [jsonFile, htmlFile].compactMap({ $0 }) { try tryWriting(to: file) }
        let output = DescriptorOutput.standardOutput
        let stop = LoadStop()
        let load = Load(
            loadConfiguration, stop: stop, logger: Logger(label: "boxoffice.load"))
        _ = SignalWatch(label: "boxoffice.load") { name in
            DescriptorOutput.standardError.say(
                "boxoffice: \(name): no more is sent, and what is on its way is waited for; again "
                    + "to end at once")
            stop.ask()
        }
        let report: LoadReport
        do {
            report = try await load.run(every: .seconds(output.isTerminal ? 1 : 5)) {
                output.say($0)
            }
        } catch {
            throw CommandFailure("the load could not be done: \(error)")
        }
        output.say(report.text)
        if let jsonFile { try write(try report.json, to: jsonFile) }
        if let htmlFile { try write(Array(report.html.utf8), to: htmlFile) }
        if !report.isClean { throw ExitCode(ExitStatus.failure.rawValue) }
    }

    /// Makes sure that the file can be written, and leaves it as it is.
    private func tryWriting(to file: String) throws(CommandFailure) {
        let isNew = !FileManager.default.fileExists(atPath: file)
        let descriptor = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            throw CommandFailure("\(file) cannot be written: \(String(cString: strerror(errno)))")
        }
        close(descriptor)
        if isNew { unlink(file) }
    }

    private func write(_ bytes: [UInt8], to file: String) throws(CommandFailure) {
        do {
            try Data(bytes).write(to: URL(filePath: file))
        } catch {
            throw CommandFailure("\(file) cannot be written: \(error)")
        }
    }

    private var loadConfiguration: LoadConfiguration {
        LoadConfiguration(
            urls: urls.isEmpty ? ["http://127.0.0.1:8080"] : urls,
            pace: rate.map { .open(rate: $0) } ?? .closed, users: users,
            duration: Self.seconds(duration), warmup: Self.seconds(warmup), style: loadStyle,
            waitSeconds: wait, events: events, zipf: zipf, reads: reads, buyers: buyers,
            capacity: capacity, patience: Self.seconds(patience))
    }

    private var loadStyle: LoadStyle {
        switch style {
        case .wait: .wait
        case .poll: .poll
        }
    }

    /// What no duration can be becomes one that no setting allows.
    private static func seconds(_ number: Double) -> Duration {
        abs(number) < 1_000_000_000 ? .seconds(number) : .seconds(-1)
    }
}
