import Foundation
import Glibc

/// LLVM's fuzzer, which learns from the paths that inputs take through the program.
@_extern(c, "LLVMFuzzerRunDriver")
private func runFuzzer(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ read: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// `fuzz list` names the parsers; `fuzz PARSER CORPUS OPTION…` feeds one, for ever unless an option
/// says otherwise, with inputs made from its samples and from what is in the folder `CORPUS`.
///
/// The parser `control`, which is not in the list, overflows.
/// `infra/fuzz` builds and runs it.
@main
enum Fuzz {
    static func main() throws {
        let words = CommandLine.arguments
        let parsers = InputParser.all + [control]
        guard words.count > 2, let parser = parsers.first(where: { $0.name == words[1] }) else {
            print(InputParser.all.map(\.name).joined(separator: "\n"))
            exit(words.count == 2 && words[1] == "list" ? EXIT_SUCCESS : EX_USAGE)
        }
        for (number, sample) in parser.samples.enumerated() {
            let file = URL(filePath: words[2]).appending(path: "sample-\(number)")
            try Data(sample).write(to: file)
        }
        fed = parser
        // The fuzzer handles crashes itself: it keeps the input.
        for number in [SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP] {
            signal(number, SIG_DFL)
        }
        // SAFETY: made once, for the fuzzer, and never given back.
        let copies = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(
            capacity: words.count)
        for (index, word) in ([words[0]] + words.dropFirst(2)).enumerated() {
            copies[index] = strdup(word)
        }
        var arguments = copies
        var count = CInt(words.count - 1)
        copies[words.count - 1] = nil
        exit(runFuzzer(&count, &arguments) { Fuzz.read($0, $1) })
    }

    /// What must be found.
    private static let control = InputParser.control { seconds in seconds * 1_000_000_000 }

    // SAFETY: set once, before the fuzzer starts.
    nonisolated(unsafe) private static var fed: InputParser?

    /// Reads one input to its end; what is unsound is a crash to the fuzzer.
    private static func read(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
        guard let fed else { return 0 }
        let input = Array(UnsafeBufferPointer(start: bytes, count: count))
        let done = DispatchSemaphore(value: 0)
        Task.detached {
            do { _ = try await fed.read(input) } catch { fatalError("\(error)") }
            done.signal()
        }
        done.wait()
        return 0
    }
}
