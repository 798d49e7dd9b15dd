import Testing

/// Nothing that anybody writes can make a program trap.
@Suite("Input", .timeLimit(.minutes(5)))
struct SurvivalTests {
    private static let inputsMax = 100_000
    /// So many inputs at least get past a parser's checks, to what is done with them.
    private static let takenMin = inputsMax / 50
    /// So many at least do not.
    private static let refusedMin = inputsMax / 50

    private struct Finding: Error, CustomStringConvertible {
        let description: String
    }

    /// Feeds a parser with inputs made from its samples, and counts those that it takes.
    private func feed(_ parser: InputParser) async throws -> Int {
        let seed = InputSeed.current
        var mutator = InputMutator(seed: seed)
        let last = try LastInput(of: parser.name)
        defer { last.forget() }
        var taken = 0
        for number in 1...Self.inputsMax {
            // The other tests want to go on, too.
            if number % 128 == 0 { await Task.yield() }
            let input = mutator.input(from: parser.samples)
            last.keep(input)
            do { if try await parser.read(input) { taken += 1 } } catch {
                throw Finding(description: "\(error); seed \(seed), input \(number): \(input)")
            }
        }
        return taken
    }

    @Test("Whatever is read is taken soundly or refused", arguments: InputParser.all.map(\.name))
    func survives(name: String) async throws {
        let taken = try await feed(try #require(InputParser.all.first { $0.name == name }))
        #expect(taken >= Self.takenMin, "what is made of the samples is too far from them")
        #expect(Self.inputsMax - taken >= Self.refusedMin, "it takes anything")
    }

    @Test("A parser takes its first sample, so that what is made of it is nearly right")
    func samples() async throws {
        #expect(Set(InputParser.all.map(\.name)).count == InputParser.all.count)
        for parser in InputParser.all {
            let sample = try #require(parser.samples.first)
            #expect(try await parser.read(sample), "\(parser.name)")
            for other in parser.samples { _ = try await parser.read(other) }
        }
    }

    @Test("A parser that multiplies before it checks is found out")
    func mistake() async throws {
        let parser = InputParser.control { seconds in
            let (nanoseconds, isTooLarge) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
            try Unsound.unless(!isTooLarge, "an overflow")
            return nanoseconds
        }
        await #expect(throws: Finding.self) { try await feed(parser) }
    }
}
