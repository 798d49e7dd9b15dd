import Foundation

/// Which runs there are: `BOXOFFICE_TEST_SEEDS` asks for so many, `BOXOFFICE_TEST_SEED` for one again.
enum SimulationSeeds {
    /// What takes a few seconds.
    private static let count: UInt64 = 1000

    static let all: Range<UInt64> = {
        let environment = ProcessInfo.processInfo.environment
        if let seed = environment["BOXOFFICE_TEST_SEED"].flatMap(UInt64.init) {
            return seed..<seed + 1
        }
        return 0..<(environment["BOXOFFICE_TEST_SEEDS"].flatMap(UInt64.init) ?? count)
    }()

    /// Within how many runs each planted bug shows.
    static let untilCaught: Range<UInt64> = 0..<1000
}
